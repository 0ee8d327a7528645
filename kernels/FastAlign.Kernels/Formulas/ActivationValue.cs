using System.Runtime.CompilerServices;

namespace FastAlign.Kernels;

/// <summary><c>y = f(x)</c></summary>
public readonly struct ActivationValue<TActivation, T> : IMap1<T>
    where TActivation : struct, IActivation
    where T : struct, ILane<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Apply(T x) => default(TActivation).Value(x);
}
