using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>Reads any stored type as double and writes it back rounded once, to nearest even.</summary>
internal static class StoredNumber
{
    private const int Bfloat16Shift = 16;
    private const uint Bfloat16Tie = 0x8000;
    private const uint DroppedBits = 0xFFFF;
    private const ushort QuietBit = 0x40;

    /// <param name="tensor">Any type.</param>
    /// <param name="element">Elements after the first one.</param>
    public static double Read(Tensor tensor, long element) => tensor.Type switch
    {
        DType.F64 => tensor.HostSpan<double>()[(int)element],
        DType.F32 => tensor.HostSpan<float>()[(int)element],
        DType.BF16 => BitConverter.UInt32BitsToSingle((uint)tensor.HostSpan<ushort>()[(int)element] << Bfloat16Shift),
        _ => tensor.HostSpan<int>()[(int)element],
    };

    public static void Write(Tensor tensor, long element, double value)
    {
        switch (tensor.Type)
        {
            case DType.F64:
                tensor.HostSpan<double>()[(int)element] = value;
                break;
            case DType.F32:
                tensor.HostSpan<float>()[(int)element] = (float)value;
                break;
            case DType.BF16:
                tensor.HostSpan<ushort>()[(int)element] = Bfloat16(value);
                break;
            default:
                tensor.HostSpan<int>()[(int)element] = (int)value;
                break;
        }
    }

    /// <summary>Nearest bfloat16, ties to even. A float that became a tie only by its own rounding is moved back to the side it came from.</summary>
    internal static ushort Bfloat16(double value)
    {
        float single = (float)value;
        uint bits = BitConverter.SingleToUInt32Bits(single);
        if (float.IsNaN(single))
        {
            return (ushort)((bits >> Bfloat16Shift) | QuietBit);
        }

        if ((bits & DroppedBits) == Bfloat16Tie && single != value)
        {
            // Magnitudes order as their bits: one step up or down breaks the false tie.
            bits = Math.Abs(value) > Math.Abs((double)single) ? bits + 1 : bits - 1;
        }

        uint even = (bits >> Bfloat16Shift) & 1;
        return (ushort)((bits + Bfloat16Tie - 1 + even) >> Bfloat16Shift);
    }
}
