using System.Numerics;
using System.Runtime.InteropServices;

namespace FastAlign.IO.Safetensors;

/// <summary>Float types of files to and from F32. Files and hosts are little-endian.</summary>
internal static class FloatConversion
{
    /// <summary>F16, BF16 and F32 exactly, F64 rounded to nearest even.</summary>
    public static void ToFloat32(ReadOnlySpan<byte> bytes, SafetensorsType type, Span<float> values)
    {
        switch (type)
        {
            case SafetensorsType.F32:
                bytes.CopyTo(MemoryMarshal.AsBytes(values));
                break;
            case SafetensorsType.BF16:
                FromBF16(MemoryMarshal.Cast<byte, ushort>(bytes), MemoryMarshal.Cast<float, uint>(values));
                break;
            case SafetensorsType.F16:
                ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(bytes);
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = (float)halves[i];
                }

                break;
            case SafetensorsType.F64:
                ReadOnlySpan<double> doubles = MemoryMarshal.Cast<byte, double>(bytes);
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = (float)doubles[i];
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "not a float type that converts");
        }
    }

    /// <summary>F32 to BF16, rounded to nearest even; a NaN stays a NaN.</summary>
    public static void ToBF16(ReadOnlySpan<float> values, Span<ushort> bits)
    {
        for (int i = 0; i < values.Length; i++)
        {
            uint wide = BitConverter.SingleToUInt32Bits(values[i]);
            uint rounded = (wide + 0x7FFF + ((wide >> 16) & 1)) >> 16;
            bits[i] = (ushort)(float.IsNaN(values[i]) ? (wide >> 16) | 0x40 : rounded);
        }
    }

    /// <summary>BF16 is the upper half of F32.</summary>
    private static void FromBF16(ReadOnlySpan<ushort> bits, Span<uint> wide)
    {
        int i = 0;
        for (; i <= bits.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(bits[i..]), out Vector<uint> low, out Vector<uint> high);
            (low << 16).CopyTo(wide[i..]);
            (high << 16).CopyTo(wide[(i + Vector<uint>.Count)..]);
        }

        for (; i < bits.Length; i++)
        {
            wide[i] = (uint)bits[i] << 16;
        }
    }
}
