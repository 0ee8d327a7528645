using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastAlign.Cpu;

/// <summary>BF16: the upper half of a float. Rounding is to nearest, ties to even; a NaN stays a NaN with its sign.</summary>
internal static class BrainFloat
{
    private const int Shift = 16;
    private const uint BelowHalf = 0x7FFF;
    private const uint QuietBit = 0x0040;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Widen(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << Shift);

    public static ushort Round(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value)
            ? (ushort)((bits >> Shift) | QuietBit)
            : (ushort)((bits + BelowHalf + ((bits >> Shift) & 1)) >> Shift);
    }

    /// <summary>Rounds once: through a float rounded to odd, which keeps on which side of a tie the double lies (Boldo and Melquiond, 2008).</summary>
    public static ushort Round(double value)
    {
        float near = (float)value;
        if (near != value && float.IsFinite(near))
        {
            uint bits = BitConverter.SingleToUInt32Bits(near);
            bits = Math.Abs((double)near) > Math.Abs(value) ? bits - 1 : bits;
            near = BitConverter.UInt32BitsToSingle(bits | 1);
        }

        return Round(near);
    }

    /// <summary>Sixteen floats rounded, with the bits of <see cref="Round(float)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Round(Vector512<float> value)
    {
        Vector512<uint> bits = value.AsUInt32();
        Vector512<uint> upper = Vector512.ShiftRightLogical(bits, Shift);
        Vector512<uint> rounded = Vector512.ShiftRightLogical(bits + Vector512.Create(BelowHalf) + (upper & Vector512<uint>.One), Shift);
        rounded = Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt32(), rounded, upper | Vector512.Create(QuietBit));
        return Vector256.Narrow(rounded.GetLower(), rounded.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector256<ushort> value)
    {
        Vector512<uint> wide = Avx512F.IsSupported
            ? Avx512F.ConvertToVector512UInt32(value)
            : Vector512.Create(Vector256.WidenLower(value), Vector256.WidenUpper(value));
        return Vector512.ShiftLeft(wide, Shift).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Widen(Vector128<ushort> value) =>
        Vector256.ShiftLeft(Vector256.Create(Vector128.WidenLower(value), Vector128.WidenUpper(value)), Shift).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Widen(Vector64<ushort> value) => Vector128.ShiftLeft(Vector128.WidenLower(value.ToVector128()), Shift).AsSingle();
}
