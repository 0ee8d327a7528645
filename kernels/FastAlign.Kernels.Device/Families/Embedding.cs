using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>Rows by index: embedding look-up, its gradient, and filling a key-value cache.</summary>
/// <remarks>
/// Indices lie in device memory, where nobody checks them before a launch. One out of range is never followed: what it would have read is NaN, which no
/// loss survives, and what it would have written is dropped.
/// </remarks>
public static class Embedding
{
    public static void GatherRowsKernel(GatherRowsArguments a)
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        (int row, long column) = (a.Extent.Row, a.Extent.Column);
        int source = a.Rows[row];
        float value = (uint)source < (uint)a.M ? a.X[source, column] : float.NaN;
        a.Y[row, column] = a.IsAdded == 0 ? value : a.Y[row, column] + value;
    }

    public static void PlaceRowsKernel(PlaceRowsArguments a)
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        (int row, long column) = (a.Extent.Row, a.Extent.Column);
        int target = a.Rows[row];
        if ((uint)target < (uint)a.M)
        {
            a.Y[target, column] = a.X[row, column];
        }
    }

    /// <summary>
    /// One group per row of x. The group of a target's first appearance adds all of its appearances, in ascending order, and the others leave: one
    /// chain per element without atomics, sorting or scratch.
    /// </summary>
    public static void ScatterRowsKernel(ScatterRowsArguments a)
    {
        int first = Grid.IdxX;
        int target = a.Rows[first];
        ArrayView<int> seen = SharedMemory.Allocate<int>(GroupTree.GroupSize);
        int thread = Group.IdxX;
        int isSeen = 0;
        for (int i = thread; i < first; i += GroupTree.GroupSize)
        {
            isSeen |= a.Rows[i] == target ? 1 : 0;
        }

        seen[thread] = isSeen;
        Group.Barrier();
        for (int half = GroupTree.GroupSize / 2; half > 0; half /= 2)
        {
            if (thread < half)
            {
                seen[thread] |= seen[thread + half];
            }

            Group.Barrier();
        }

        if (seen[0] != 0 || (uint)target >= (uint)a.M)
        {
            return;
        }

        for (int i = first; i < a.N; i++)
        {
            if (a.Rows[i] == target)
            {
                for (int c = thread; c < a.C; c += GroupTree.GroupSize)
                {
                    a.Y[target, c] += a.X[i, c];
                }
            }
        }
    }
}
