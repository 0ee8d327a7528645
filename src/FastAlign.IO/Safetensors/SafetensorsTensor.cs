namespace FastAlign.IO.Safetensors;

/// <summary>A tensor to be written.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its extents, slowest first.</param>
/// <param name="Write">Writes its bytes, little-endian, row-major; called once, when its turn comes.</param>
public sealed record SafetensorsTensor(string Name, SafetensorsType Type, IReadOnlyList<long> Shape, Action<Stream> Write)
{
    public long ByteLength => Shape.Aggregate((long)Type.Bytes(), (bytes, size) => checked(bytes * size));
}
