using System.Runtime.CompilerServices;

namespace FastAlign.Kernels.Device;

/// <summary>Four floats in registers: one row of the block that a thread of a tiled product keeps. An array would lie in memory.</summary>
public readonly record struct Quad(float V0, float V1, float V2, float V3)
{
    /// <summary><c>this + scale v</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Quad AddScaled(float scale, Quad v) =>
        new((scale * v.V0) + V0, (scale * v.V1) + V1, (scale * v.V2) + V2, (scale * v.V3) + V3);

    /// <summary><c>scale this</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Quad Scaled(float scale) => new(scale * V0, scale * V1, scale * V2, scale * V3);

    /// <summary><c>this / divisor</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Quad Over(float divisor) => new(V0 / divisor, V1 / divisor, V2 / divisor, V3 / divisor);
}
