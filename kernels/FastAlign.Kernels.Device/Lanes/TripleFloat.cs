using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>
/// A sum kept as three floats, some 72 bits: what a kernel has in the place of a double. Every addition is error-free until the third float
/// (Ogita, Rump and Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 2005: cascaded two-sums).
/// </summary>
/// <remarks>Correct whether or not the device fuses a product with a sum: sums stand alone, and products are of 12-bit factors, hence exact.</remarks>
public readonly record struct TripleFloat(float High, float Middle, float Low)
{
    // Sign, exponent and the upper 11 stored bits: with the implicit one, 12 bits of mantissa.
    private const uint UpperHalf = 0xFFFFF000;

    /// <summary><c>this + x</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TripleFloat Add(float x)
    {
        float high = High + x;
        float lost = SumError(High, x, high);
        float middle = Middle + lost;
        return new TripleFloat(high, middle, Low + SumError(Middle, lost, middle));
    }

    /// <summary><c>this + other</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TripleFloat Add(TripleFloat other) => Add(other.High).Add(other.Middle).Add(other.Low);

    /// <summary><c>this + x^2</c>, the square exact: x = u + l in halves of 12 bits, <c>x^2 = u^2 + 2 u l + l^2</c>. Squares beyond the range of F32 overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TripleFloat AddSquare(float x)
    {
        float upper = Interop.IntAsFloat(Interop.FloatAsInt(x) & UpperHalf);
        float lower = x - upper;
        return Add(upper * upper).Add(2f * upper * lower).Add(lower * lower);
    }

    /// <summary>What rounding lost in <c>sum = a + b</c> (Knuth).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumError(float a, float b, float sum)
    {
        float bRounded = sum - a;
        float aRounded = sum - bRounded;
        return (a - aRounded) + (b - bRounded);
    }
}
