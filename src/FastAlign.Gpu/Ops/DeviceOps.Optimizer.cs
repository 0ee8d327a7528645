using System.Runtime.InteropServices;
using FastAlign.Core;
using FastAlign.Kernels;
using FastAlign.Kernels.Device;
using ILGPU;

namespace FastAlign.Gpu;

internal sealed partial class DeviceOps
{
    private const int FloatsPerSum = 3;

    private readonly ArrayView<float> _sums;
    private readonly float[] _hostSums = new float[FloatsPerSum * Optimizer.MaxSums];

    public void AdamW(AdamWStep step, Tensor parameters, Tensor gradients, Tensor firstMoment, Tensor secondMoment)
    {
        AdamWUpdate<DeviceFloat> update = new(
            step.LearningRate, step.Beta1, step.Beta2, step.Epsilon, step.WeightDecay, step.Step, step.GradientScale);
        _launcher.Launch(
            OptimizerKernels.AdamW,
            new AdamWArguments(Extent(parameters, areAllContiguous: true), update, Matrix(parameters), Matrix(gradients), Matrix(firstMoment), Matrix(secondMoment)));
    }

    /// <remarks>
    /// Waits for the device: the norm decides the update's scale and is logged, so it has to come back whatever the device does with it. At most 256 partial sums of 72 bits each,
    /// 3 KB in one transfer, are added here in double and in their order. A second launch would bring back one sum, no sooner, and rounded to less.
    /// </remarks>
    public double SumOfSquares(Tensor x)
    {
        (int groups, long chunk) = Optimizer.Split(x.Length);
        _launcher.Launch(
            OptimizerKernels.SumOfSquares,
            new SumOfSquaresArguments(Vector(x), x.Length, chunk, groups, new MatrixView<float>(_sums, 0, FloatsPerSum)));
        Span<float> partial = _hostSums.AsSpan(0, groups * FloatsPerSum);
        _backend.Download(_sums.Cast<byte>().SubView(0, (long)partial.Length * sizeof(float)), MemoryMarshal.AsBytes(partial));
        double sum = 0;
        for (int i = 0; i < partial.Length; i += FloatsPerSum)
        {
            sum += partial[i] + ((double)partial[i + 1] + partial[i + 2]);
        }

        return sum;
    }
}
