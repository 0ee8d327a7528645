using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>AdamW (Loshchilov and Hutter, 2019), and the sum of squares that gradient clipping needs.</summary>
public static class Optimizer
{
    /// <summary>Most groups of a sum of squares: as many partial sums come back to the host.</summary>
    public const int MaxSums = 256;

    /// <summary>Shared memory of <see cref="SumOfSquaresKernel"/>.</summary>
    public const int SumSharedBytes = 3 * GroupTree.SharedBytes;

    // Enough work for a group of 128 threads to be worth its tree.
    private const int MinChunk = 4096;

    public static void AdamWKernel(AdamWArguments a)
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        (int row, long column) = (a.Extent.Row, a.Extent.Column);
        AdamWState<DeviceFloat> state = a.Update.Apply(
            new AdamWState<DeviceFloat>(new DeviceFloat(a.Parameters[row, column]), new DeviceFloat(a.FirstMoment[row, column]), new DeviceFloat(a.SecondMoment[row, column])),
            new DeviceFloat(a.Gradients[row, column]));
        a.Parameters[row, column] = state.Parameter.Value;
        a.FirstMoment[row, column] = state.First.Value;
        a.SecondMoment[row, column] = state.Second.Value;
    }

    /// <summary>As exact as a sum in double, without one; the tree depends on the length alone.</summary>
    public static void SumOfSquaresKernel(SumOfSquaresArguments a)
    {
        ArrayView<float> high = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        ArrayView<float> middle = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        ArrayView<float> low = SharedMemory.Allocate<float>(GroupTree.GroupSize);
        int thread = Group.IdxX;
        long start = Grid.IdxX * a.Chunk;
        long end = start + a.Chunk < a.Length ? start + a.Chunk : a.Length;
        TripleFloat sum = new(0f, 0f, 0f);
        for (long i = start + thread; i < end; i += GroupTree.GroupSize)
        {
            sum = sum.AddSquare(a.X[i]);
        }

        (high[thread], middle[thread], low[thread]) = (sum.High, sum.Middle, sum.Low);
        Group.Barrier();
        for (int half = GroupTree.GroupSize / 2; half > 0; half /= 2)
        {
            if (thread < half)
            {
                sum = sum.Add(new TripleFloat(high[thread + half], middle[thread + half], low[thread + half]));
                (high[thread], middle[thread], low[thread]) = (sum.High, sum.Middle, sum.Low);
            }

            Group.Barrier();
        }

        if (thread == 0)
        {
            (a.Sums[Grid.IdxX, 0], a.Sums[Grid.IdxX, 1], a.Sums[Grid.IdxX, 2]) = (sum.High, sum.Middle, sum.Low);
        }
    }

    /// <summary>Groups and elements of each, for a sum over <paramref name="length"/> elements.</summary>
    public static (int Groups, long Chunk) Split(long length)
    {
        int groups = (int)Math.Min(MaxSums, (length + MinChunk - 1) / MinChunk);
        return (groups, groups == 0 ? 0 : (length + groups - 1) / groups);
    }
}
