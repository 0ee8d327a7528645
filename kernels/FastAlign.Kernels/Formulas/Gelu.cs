using System.Runtime.CompilerServices;

namespace FastAlign.Kernels;

/// <summary>
/// <c>x Phi(x)</c>, <c>Phi(x) = (1 + erf(x/sqrt 2)) / 2</c>; slope <c>Phi(x) + x phi(x)</c> (Hendrycks and Gimpel, 2016).
/// </summary>
public readonly struct Gelu : IActivation
{
    private const double InverseSqrt2 = 0.70710678118654752440;
    private const double InverseSqrt2Pi = 0.39894228040143267794;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => x * Distribution(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Tangent<T> ValueAndSlope<T>(T x)
        where T : struct, ILane<T>
    {
        T distribution = Distribution(x);
        T density = T.Constant(InverseSqrt2Pi) * T.Exp(T.Constant(-0.5) * x * x);
        return new Tangent<T>(x * distribution, distribution + (x * density));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Distribution<T>(T x)
        where T : struct, ILane<T>
    {
        T half = T.Constant(0.5);
        return half + (half * T.Erf(x * T.Constant(InverseSqrt2)));
    }
}
