using System.Text.Json;
using FastAlign.Core;

namespace FastAlign.IO.Safetensors;

/// <summary>
/// Reads the JSON header of a safetensors file and proves that its tensors tile the data without overlap or hole. A header comes from a
/// stranger: no number in it is used before it is checked.
/// </summary>
internal sealed class SafetensorsHeader
{
    private readonly string _path;
    private readonly long _dataBytes;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    private SafetensorsHeader(string path, long dataBytes) => (_path, _dataBytes) = (path, dataBytes);

    /// <summary>Tensors in the order of their bytes.</summary>
    public List<SafetensorsEntry> Entries { get; } = [];

    /// <summary><c>__metadata__</c>.</summary>
    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <param name="path">File name, for messages.</param>
    /// <param name="json">The header.</param>
    /// <param name="dataBytes">Bytes of the file behind the header.</param>
    public static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long dataBytes)
    {
        var header = new SafetensorsHeader(path, dataBytes);
        try
        {
            var reader = new Utf8JsonReader(json);
            header.ReadRoot(ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not valid UTF-8.
            throw new InputException($"{path}: header: expected JSON, found an error: {e.Message}", e);
        }

        header.CheckTiling();
        return header;
    }

    private void ReadRoot(ref Utf8JsonReader reader)
    {
        reader.Read();
        Expect(reader.TokenType == JsonTokenType.StartObject, "header", "a JSON object", reader.TokenType);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            Expect(_names.Add(name), name, "each name once", "it twice");
            reader.Read();
            Expect(reader.TokenType == JsonTokenType.StartObject, name, "an object", reader.TokenType);
            if (name == "__metadata__")
            {
                ReadMetadata(ref reader);
            }
            else
            {
                ReadEntry(ref reader, name);
            }
        }

        // Makes the reader complain about anything but blanks behind the object.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            Expect(reader.TokenType == JsonTokenType.String, "__metadata__", $"a string under {key}", reader.TokenType);
            Metadata[key] = reader.GetString()!;
        }
    }

    private void ReadEntry(ref Utf8JsonReader reader, string name)
    {
        SafetensorsType? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "dtype":
                    Expect(type is null, name, "dtype once", "it twice");
                    type = ReadType(ref reader, name);
                    break;
                case "shape":
                    Expect(shape is null, name, "shape once", "it twice");
                    shape = ReadSizes(ref reader, name, key);
                    break;
                case "data_offsets":
                    Expect(offsets is null, name, "data_offsets once", "them twice");
                    offsets = ReadSizes(ref reader, name, key);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (type is null || shape is null || offsets is null)
        {
            throw Bad(name, "dtype, shape and data_offsets", $"no {(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")}");
        }

        AddEntry(name, type.Value, shape, offsets);
    }

    private void AddEntry(string name, SafetensorsType type, List<long> shape, List<long> offsets)
    {
        Expect(offsets.Count == 2, name, "data_offsets [begin, end]", $"{offsets.Count} numbers");
        (long begin, long end) = (offsets[0], offsets[1]);
        Expect(begin <= end && end <= _dataBytes, name, $"ascending data_offsets within {_dataBytes} bytes of data", $"[{begin}, {end}]");
        long length = 1;
        foreach (long size in shape)
        {
            Expect(size == 0 || length <= long.MaxValue / 8 / size, name, "a shape whose bytes can be counted", $"[{string.Join(", ", shape)}]");
            length *= size;
        }

        var entry = new SafetensorsEntry(name, type, shape, begin, length);
        Expect(entry.ByteLength == end - begin, name, $"{entry.ByteLength} bytes for {entry}", $"data_offsets [{begin}, {end}], which are {end - begin}");
        Entries.Add(entry);
    }

    private SafetensorsType ReadType(ref Utf8JsonReader reader, string name)
    {
        Expect(reader.TokenType == JsonTokenType.String, name, "a string as dtype", reader.TokenType);
        string text = reader.GetString()!;
        return SafetensorsTypes.Find(text) ?? throw Bad(name, $"dtype one of {SafetensorsTypes.AllNames()}", text);
    }

    private List<long> ReadSizes(ref Utf8JsonReader reader, string name, string key)
    {
        Expect(reader.TokenType == JsonTokenType.StartArray, name, $"a list as {key}", reader.TokenType);
        var sizes = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            bool isSize = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long size) && size >= 0;
            Expect(isSize, name, $"whole numbers from 0 to {long.MaxValue} in {key}", Text(ref reader));
            sizes.Add(reader.GetInt64());
        }

        return sizes;
    }

    /// <summary>The format leaves no byte unused and uses none twice.</summary>
    private void CheckTiling()
    {
        Entries.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset)
            : a.Length != b.Length ? a.Length.CompareTo(b.Length)
            : string.CompareOrdinal(a.Name, b.Name));
        long next = 0;
        foreach (SafetensorsEntry entry in Entries)
        {
            Expect(entry.Offset == next, entry.Name, $"data from byte {next}, where the tensor before it ends", $"byte {entry.Offset}");
            next += entry.ByteLength;
        }

        if (next != _dataBytes)
        {
            throw new InputException($"{_path}: expected {next} bytes of data behind the header, found {_dataBytes}");
        }
    }

    private static string Text(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number ? System.Text.Encoding.ASCII.GetString(reader.ValueSpan) : reader.TokenType.ToString();

    private void Expect(bool holds, string name, string expected, object found)
    {
        if (!holds)
        {
            throw Bad(name, expected, found);
        }
    }

    private InputException Bad(string name, string expected, object found) => new($"{_path}: {name}: expected {expected}, found {found}");
}
