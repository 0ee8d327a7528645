using System.Runtime.CompilerServices;

namespace FastAlign.Kernels;

/// <summary>
/// <c>x (1 + tanh u) / 2</c>, <c>u = sqrt(2/pi) (x + 0.044715 x^3)</c> (Hendrycks and Gimpel, 2016), written as <c>x sigmoid(2u)</c>: the same
/// function without the cancellation in <c>1 + tanh u</c>.
/// </summary>
public readonly struct GeluTanh : IActivation
{
    private const double TwoSqrt2OverPi = 1.5957691216057307117;
    private const double Cubic = 0.044715;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => x * StableForms.Sigmoid(TwiceU(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Tangent<T> ValueAndSlope<T>(T x)
        where T : struct, ILane<T>
    {
        T one = T.Constant(1);
        T s = StableForms.Sigmoid(TwiceU(x));
        T slopeOfTwiceU = T.Constant(TwoSqrt2OverPi) * (one + (T.Constant(3 * Cubic) * x * x));
        return new Tangent<T>(x * s, s * (one + (x * (one - s) * slopeOfTwiceU)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T TwiceU<T>(T x)
        where T : struct, ILane<T> => T.Constant(TwoSqrt2OverPi) * x * (T.Constant(1) + (T.Constant(Cubic) * x * x));
}
