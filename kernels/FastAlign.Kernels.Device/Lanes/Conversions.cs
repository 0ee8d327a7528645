using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>Conversion of one stored element as a type. Doubles are handled as their bits: kernels have no double arithmetic.</summary>
public interface IConversion<TFrom, TTo>
{
    TTo Convert(TFrom value);
}

/// <summary>No conversion: bits are moved.</summary>
public readonly struct SameBits<T> : IConversion<T, T>
{
    public T Convert(T value) => value;
}

/// <summary>F32 to BF16, to nearest, ties to even; NaN stays NaN.</summary>
public readonly struct SingleToBfloat16 : IConversion<float, ushort>
{
    public ushort Convert(float value) => StorageBits.Bfloat16(Interop.FloatAsInt(value));
}

/// <summary>BF16 to F32, exact.</summary>
public readonly struct Bfloat16ToSingle : IConversion<ushort, float>
{
    public float Convert(ushort value) => Interop.IntAsFloat((uint)value << StorageBits.Bfloat16Shift);
}

/// <summary>F32 to F64, exact.</summary>
public readonly struct SingleToDouble : IConversion<float, ulong>
{
    public ulong Convert(float value) => StorageBits.Double(Interop.FloatAsInt(value));
}

/// <summary>F64 to F32, to nearest, ties to even.</summary>
public readonly struct DoubleToSingle : IConversion<ulong, float>
{
    public float Convert(ulong value) => Interop.IntAsFloat(StorageBits.Single(value, StorageBits.RoundsToNearest));
}

/// <summary>BF16 to F64, exact.</summary>
public readonly struct Bfloat16ToDouble : IConversion<ushort, ulong>
{
    public ulong Convert(ushort value) => StorageBits.Double((uint)value << StorageBits.Bfloat16Shift);
}

/// <summary>F64 to BF16, to nearest, ties to even. Rounding to odd on the way through F32 keeps the second rounding from making a tie of its own.</summary>
public readonly struct DoubleToBfloat16 : IConversion<ulong, ushort>
{
    public ushort Convert(ulong value) => StorageBits.Bfloat16(StorageBits.Single(value, StorageBits.RoundsToOdd));
}
