using System.Runtime.CompilerServices;

namespace FastAlign.Kernels;

/// <summary><c>y = scale x</c></summary>
public readonly struct Scaled<T>(double scale) : IMap1<T>
    where T : struct, ILane<T>
{
    private readonly T _scale = T.Constant(scale);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Apply(T x) => _scale * x;
}
