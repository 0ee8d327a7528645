namespace FastAlign.IO.Safetensors;

/// <summary>Element types of the safetensors format. The 8-bit floats are recognised, so that a file which holds them opens, but not converted.</summary>
public enum SafetensorsType
{
    Bool,
    U8,
    I8,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    F64,
    I64,
    U64,
    F8E4M3,
    F8E5M2,
    F8E8M0,
}

/// <summary>Names and sizes of <see cref="SafetensorsType"/>.</summary>
public static class SafetensorsTypes
{
    private static readonly string[] Names =
        ["BOOL", "U8", "I8", "I16", "U16", "F16", "BF16", "I32", "U32", "F32", "F64", "I64", "U64", "F8_E4M3", "F8_E5M2", "F8_E8M0"];

    /// <summary>The name in a header, e.g. <c>BF16</c>.</summary>
    public static string Name(this SafetensorsType type) => Names[(int)type];

    /// <summary>Bytes of one element.</summary>
    public static int Bytes(this SafetensorsType type) => type switch
    {
        SafetensorsType.F64 or SafetensorsType.I64 or SafetensorsType.U64 => 8,
        SafetensorsType.F32 or SafetensorsType.I32 or SafetensorsType.U32 => 4,
        SafetensorsType.F16 or SafetensorsType.BF16 or SafetensorsType.I16 or SafetensorsType.U16 => 2,
        _ => 1,
    };

    /// <summary>The type of a header's name, or null if the format does not know it.</summary>
    internal static SafetensorsType? Find(string name)
    {
        int index = Array.IndexOf(Names, name);
        return index < 0 ? null : (SafetensorsType)index;
    }

    /// <summary>For messages: every name the reader knows.</summary>
    internal static string AllNames() => string.Join(", ", Names);
}
