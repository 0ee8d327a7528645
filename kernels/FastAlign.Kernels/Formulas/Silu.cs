using System.Runtime.CompilerServices;

namespace FastAlign.Kernels;

/// <summary><c>x sigmoid(x)</c>; slope <c>s (1 + x (1 - s))</c> with <c>s = sigmoid(x)</c> (Elfwing et al., 2018).</summary>
public readonly struct Silu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => x * StableForms.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Tangent<T> ValueAndSlope<T>(T x)
        where T : struct, ILane<T>
    {
        T one = T.Constant(1);
        T s = StableForms.Sigmoid(x);
        return new Tangent<T>(x * s, s * (one + (x * (one - s))));
    }
}
