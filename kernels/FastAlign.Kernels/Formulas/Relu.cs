using System.Runtime.CompilerServices;

namespace FastAlign.Kernels;

/// <summary><c>max(x, 0)</c>; slope 1 above 0, else 0. NaN passes.</summary>
public readonly struct Relu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => T.Max(x, T.Constant(0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Tangent<T> ValueAndSlope<T>(T x)
        where T : struct, ILane<T>
    {
        T zero = T.Constant(0);
        return new Tangent<T>(T.Max(x, zero), T.IfLess(zero, x, T.Constant(1), zero));
    }
}
