using System.Runtime.CompilerServices;

namespace FastAlign.Kernels;

/// <summary><c>y = f(gate) up</c> (Shazeer, 2020).</summary>
public readonly struct GatedActivation<TActivation, T> : IMap2<T>
    where TActivation : struct, IActivation
    where T : struct, ILane<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Apply(T a, T b) => default(TActivation).Value(a) * b;

    /// <summary><c>dgate = dy up f'(gate)</c>, <c>dup = dy f(gate)</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GatedGradient<T> Gradient(T gate, T up, T dy)
    {
        Tangent<T> f = default(TActivation).ValueAndSlope(gate);
        return new GatedGradient<T>(dy * up * f.Slope, dy * f.Value);
    }
}
