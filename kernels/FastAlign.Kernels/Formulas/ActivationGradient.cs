using System.Runtime.CompilerServices;

namespace FastAlign.Kernels;

/// <summary><c>dx = dy f'(x)</c></summary>
public readonly struct ActivationGradient<TActivation, T> : IMap2<T>
    where TActivation : struct, IActivation
    where T : struct, ILane<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Apply(T a, T b) => b * default(TActivation).ValueAndSlope(a).Slope;
}
