using System.Runtime.CompilerServices;

namespace FastAlign.Kernels;

/// <summary>A point turned in its plane: <c>(a cos - b sin, b cos + a sin)</c>, the step of rotary embedding (Su et al., 2021).</summary>
public readonly struct Rotation<T>
    where T : struct, ILane<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Rotation(T a, T b, T cosine, T sine)
    {
        A = (a * cosine) - (b * sine);
        B = (b * cosine) + (a * sine);
    }

    public T A { get; }

    public T B { get; }
}
