using FastAlign.Kernels.Device;
using ILGPU;

namespace PortKernel;

/// <summary>
/// Step 2: the same threads counted along the rows. One line changes: neighbours j and j + 1 read <c>w[k, j]</c> and <c>w[k, j + 1]</c>, side by side, in one fetch
/// for all of them, and share <c>dy[i, k]</c>. Writes are side by side, too.
/// </summary>
/// <remarks>What is still slow: two floats come from memory, or from a cache, for each multiply-add. Nothing that a thread reads serves another on purpose.</remarks>
public static class Coalesced
{
    public static void ProductKernel(GemmArguments a)
    {
        long element = ((long)Grid.IdxX * Naive.GroupSize) + Group.IdxX;
        if (element >= (long)a.I * a.J)
        {
            return;
        }

        int i = (int)(element / a.J);
        int j = (int)(element % a.J);
        float sum = 0f;
        for (int k = 0; k < a.K; k++)
        {
            sum = (a.A[i, k] * a.B[k, j]) + sum;
        }

        Result.Store(a, i, j, sum);
    }
}
