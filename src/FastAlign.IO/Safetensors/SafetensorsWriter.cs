using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using FastAlign.IO.Files;

namespace FastAlign.IO.Safetensors;

/// <summary>
/// Writes safetensors files tensor by tensor, nothing held in memory but the header. The order is that of the format's own library (wider types
/// first, then names in ordinal order), so that equal tensors give equal bytes whoever writes them.
/// </summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    // The format's library escapes nothing but what JSON demands.
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a file atomically, with metadata <c>format: pt</c>.</summary>
    public static void Write(string path, IEnumerable<SafetensorsTensor> tensors) => AtomicFile.Write(path, stream => Write(stream, tensors));

    /// <summary>Writes the content of a file, with metadata <c>format: pt</c>, which transformers asks for.</summary>
    public static void Write(Stream stream, IEnumerable<SafetensorsTensor> tensors)
    {
        SafetensorsTensor[] ordered = [.. tensors];
        Array.Sort(ordered, Compare);
        stream.Write(Header(ordered));
        foreach (SafetensorsTensor tensor in ordered)
        {
            long start = stream.Position;
            tensor.Write(stream);
            if (stream.Position - start != tensor.ByteLength)
            {
                throw new InvalidOperationException($"{tensor.Name}: expected {tensor.ByteLength} bytes, {stream.Position - start} were written");
            }
        }
    }

    private static int Compare(SafetensorsTensor a, SafetensorsTensor b)
    {
        int byWidth = b.Type.Bytes().CompareTo(a.Type.Bytes());
        return byWidth != 0 ? byWidth : string.CompareOrdinal(a.Name, b.Name);
    }

    /// <summary>Length, JSON and blanks up to a multiple of 8 bytes, so that all data is aligned in the file.</summary>
    private static byte[] Header(SafetensorsTensor[] tensors)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, Compact))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("__metadata__");
            writer.WriteString("format", "pt");
            writer.WriteEndObject();
            long offset = 0;
            foreach (SafetensorsTensor tensor in tensors)
            {
                WriteEntry(writer, tensor, offset);
                offset += tensor.ByteLength;
            }

            writer.WriteEndObject();
        }

        int padded = (json.WrittenCount + Alignment - 1) / Alignment * Alignment;
        byte[] header = new byte[sizeof(ulong) + padded];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)padded);
        json.WrittenSpan.CopyTo(header.AsSpan(sizeof(ulong)));
        header.AsSpan(sizeof(ulong) + json.WrittenCount).Fill((byte)' ');
        return header;
    }

    private static void WriteEntry(Utf8JsonWriter writer, SafetensorsTensor tensor, long offset)
    {
        writer.WriteStartObject(tensor.Name);
        writer.WriteString("dtype", tensor.Type.Name());
        writer.WriteStartArray("shape");
        foreach (long size in tensor.Shape)
        {
            writer.WriteNumberValue(size);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(offset);
        writer.WriteNumberValue(offset + tensor.ByteLength);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
