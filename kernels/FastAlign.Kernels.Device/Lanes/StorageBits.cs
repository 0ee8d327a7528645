namespace FastAlign.Kernels.Device;

/// <summary>IEEE 754 formats as bits: a kernel converts them without arithmetic of their own.</summary>
internal static class StorageBits
{
    public const int Bfloat16Shift = 16;

    /// <summary>Modes of <see cref="Single"/>.</summary>
    public const int RoundsToNearest = 0;

    /// <summary>Cut, with the last bit set if anything was lost (Boldo and Melquiond, 2008).</summary>
    public const int RoundsToOdd = 1;

    private const uint Infinity32 = 0x7F800000;
    private const uint Quiet32 = 0x00400000;
    private const uint Magnitude32 = 0x7FFFFFFF;
    private const uint Mantissa32 = 0x007FFFFF;
    private const uint Implicit32 = 0x00800000;
    private const int MantissaBits32 = 23;

    private const ulong Infinity64 = 0x7FF0000000000000;
    private const ulong Magnitude64 = 0x7FFFFFFFFFFFFFFF;
    private const ulong Mantissa64 = 0x000FFFFFFFFFFFFF;
    private const ulong Implicit64 = 0x0010000000000000;
    private const int MantissaBits64 = 52;

    // 1023 - 127, and the bits of mantissa that F32 lacks.
    private const int BiasDifference = 896;
    private const int DroppedBits = 29;
    private const int SignShift = 32;

    /// <summary>F32 to BF16, to nearest, ties to even.</summary>
    public static ushort Bfloat16(uint bits)
    {
        uint quietNaN = (bits >> Bfloat16Shift) | (Quiet32 >> Bfloat16Shift);
        uint even = (bits >> Bfloat16Shift) & 1u;
        uint rounded = (bits + 0x7FFFu + even) >> Bfloat16Shift;
        return (ushort)((bits & Magnitude32) > Infinity32 ? quietNaN : rounded);
    }

    /// <summary>F32 to F64, exact; subnormals become normal, signalling NaN quiet.</summary>
    public static ulong Double(uint bits)
    {
        ulong sign = (ulong)(bits >> 31) << 63;
        uint magnitude = bits & Magnitude32;
        int exponent = (int)(magnitude >> MantissaBits32);
        uint mantissa = magnitude & Mantissa32;
        if (magnitude >= Infinity32)
        {
            uint quiet = mantissa == 0 ? 0 : Quiet32;
            return sign | Infinity64 | ((ulong)(mantissa | quiet) << DroppedBits);
        }

        if (magnitude == 0)
        {
            return sign;
        }

        if (exponent == 0)
        {
            exponent = 1;
            while ((mantissa & Implicit32) == 0)
            {
                mantissa <<= 1;
                exponent--;
            }

            mantissa &= Mantissa32;
        }

        return sign | ((ulong)(exponent + BiasDifference) << MantissaBits64) | ((ulong)mantissa << DroppedBits);
    }

    /// <summary>F64 to F32; subnormal results are rounded where they lie.</summary>
    /// <param name="bits">Of the double.</param>
    /// <param name="mode"><see cref="RoundsToNearest"/> or <see cref="RoundsToOdd"/>.</param>
    public static uint Single(ulong bits, int mode)
    {
        uint sign = (uint)(bits >> SignShift) & 0x80000000u;
        ulong magnitude = bits & Magnitude64;
        if (magnitude > Infinity64)
        {
            return sign | Infinity32 | Quiet32;
        }

        int exponent = (int)(magnitude >> MantissaBits64) - BiasDifference;
        if (exponent >= 255)
        {
            bool isFinite = magnitude < Infinity64;
            return sign | (isFinite && mode == RoundsToOdd ? Infinity32 - 1 : Infinity32);
        }

        // Below the normal range the mantissa, now with its leading one, slides right; 54 places leave nothing but the sticky bit.
        int shift = DroppedBits + 1 - (exponent < 1 ? exponent : 1);
        shift = shift > MantissaBits64 + 2 ? MantissaBits64 + 2 : shift;
        ulong mantissa = (magnitude & Mantissa64) | (magnitude < Implicit64 ? 0UL : Implicit64);
        ulong kept = mantissa >> shift;
        ulong lost = mantissa & ((1UL << shift) - 1);
        ulong half = 1UL << (shift - 1);
        bool isUp = lost > half || (lost == half && (kept & 1) == 1);
        kept = mode == RoundsToOdd ? kept | (lost != 0 ? 1UL : 0UL) : kept + (isUp ? 1UL : 0UL);

        // The leading one adds itself to the exponent, as does a carry out of the mantissa.
        ulong biased = exponent < 1 ? 0UL : (ulong)(exponent - 1) << MantissaBits32;
        return sign | (uint)(biased + kept);
    }
}
