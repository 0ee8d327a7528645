using FastAlign.Kernels.Device;
using ILGPU;

namespace PortKernel;

/// <summary>
/// Step 1: a thread for each element of the result, <c>dx[i, j] = sum_k dy[i, k] w[k, j]</c>, neighbouring threads down a column. Right, and short enough to be seen
/// to be right: the step that all later ones are compared with.
/// </summary>
/// <remarks>
/// What is slow: neighbours i and i + 1 read <c>dy[i, k]</c> and <c>dy[i + 1, k]</c>, a whole row apart. A GPU fetches a line of memory for each of the 32 threads
/// of a warp to use four bytes of it; a processor gathers one float at a time. They write a row apart, too.
/// </remarks>
public static class Naive
{
    public const int GroupSize = 256;

    public static void ProductKernel(GemmArguments a)
    {
        long element = ((long)Grid.IdxX * GroupSize) + Group.IdxX;
        if (element >= (long)a.I * a.J)
        {
            return;
        }

        int i = (int)(element % a.I);
        int j = (int)(element / a.I);
        float sum = 0f;
        for (int k = 0; k < a.K; k++)
        {
            sum = (a.A[i, k] * a.B[k, j]) + sum;
        }

        Result.Store(a, i, j, sum);
    }

    /// <summary>Groups of a launch: enough threads for every element.</summary>
    public static int Groups(in GemmArguments a) => checked((int)((((long)a.I * a.J) + GroupSize - 1) / GroupSize));
}
