namespace FastAlign.IO.Safetensors;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its extents, slowest first; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the end of the header.</param>
/// <param name="Length">Number of elements.</param>
public sealed record SafetensorsEntry(string Name, SafetensorsType Type, IReadOnlyList<long> Shape, long Offset, long Length)
{
    public long ByteLength => Length * Type.Bytes();

    /// <summary>For messages: <c>F32 [2, 3]</c>.</summary>
    public override string ToString() => $"{Type.Name()} [{string.Join(", ", Shape)}]";
}
