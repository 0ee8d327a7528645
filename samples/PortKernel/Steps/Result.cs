using System.Runtime.CompilerServices;
using FastAlign.Kernels.Device;

namespace PortKernel;

/// <summary>What every step does with a finished sum: add it to what the caller wants kept, and leave out what lies beyond the result.</summary>
internal static class Result
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(GemmArguments a, int i, int j, float sum)
    {
        if (i < a.I && j < a.J)
        {
            a.Result[i, j] = a.Residual.IsNone ? sum : sum + a.Residual[i, j];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(GemmArguments a, int i, int j, Quad sums)
    {
        Store(a, i, j, sums.V0);
        Store(a, i, j + 1, sums.V1);
        Store(a, i, j + 2, sums.V2);
        Store(a, i, j + 3, sums.V3);
    }
}
