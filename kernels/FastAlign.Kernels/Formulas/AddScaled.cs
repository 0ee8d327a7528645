using System.Runtime.CompilerServices;

namespace FastAlign.Kernels;

/// <summary><c>y = b + scale a</c></summary>
public readonly struct AddScaled<T>(double scale) : IMap2<T>
    where T : struct, ILane<T>
{
    private readonly T _scale = T.Constant(scale);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Apply(T a, T b) => b + (_scale * a);
}
