namespace FastAlign.Core;

/// <summary>Element types. Arithmetic is F32 (F64 on the reference backend); BF16 is storage only; I32 holds token ids and row numbers.</summary>
public enum DType
{
    F32,
    F64,
    BF16,
    I32,
}

public static class DTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Bytes(this DType type) => type switch
    {
        DType.F64 => 8,
        DType.BF16 => 2,
        _ => 4,
    };
}
