using System.Text.Json;
using FastAlign.Core;

namespace FastAlign.IO.Datasets;

/// <summary>
/// Reads data sets: a JSON array of objects, or JSON Lines (one object a line). The first character decides, not the file's name. A byte order
/// mark, CRLF line ends and blank lines are allowed.
/// </summary>
public static class DataFile
{
    private const int ExcerptLength = 60;

    /// <summary>All rows of a file.</summary>
    /// <param name="path">The file; messages name it as given.</param>
    /// <param name="maxRows">Read no more than this many rows; the rest of the file is not looked at.</param>
    /// <exception cref="InputException">The file cannot be read, is no such file, has a broken row, or no row.</exception>
    public static DataRow[] Read(string path, int maxRows = int.MaxValue)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return Read(path, stream, maxRows);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: no such file", e);
        }
        catch (UnauthorizedAccessException e) when (Directory.Exists(path))
        {
            throw new InputException($"{path}: cannot be read: expected a file, found a folder", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>All rows of a stream that can seek.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="stream">The stream, from its present position.</param>
    /// <param name="maxRows">Read no more than this many rows.</param>
    public static DataRow[] Read(string name, Stream stream, int maxRows = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRows);
        long start = stream.Position;
        byte first = FirstCharacter(stream);
        stream.Position = start;
        List<DataRow> rows = [];
        switch (first)
        {
            case (byte)'{':
                ReadLines(name, stream, maxRows, rows);
                break;
            case (byte)'[':
                ReadArray(name, stream, maxRows, rows);
                break;
            case 0:
                break;
            default:
                throw new InputException($"{name}: expected a JSON array of objects or one JSON object a line, found a file that starts with '{(char)first}'");
        }

        return rows.Count > 0 ? [.. rows] : throw new InputException($"{name}: expected at least one row, found none");
    }

    private static void ReadLines(string name, Stream stream, int maxRows, List<DataRow> rows)
    {
        var reader = new LineReader(stream);
        while (rows.Count < maxRows && reader.TryRead(out ReadOnlySpan<byte> line))
        {
            if (IsBlank(line))
            {
                continue;
            }

            try
            {
                var json = new Utf8JsonReader(line);
                JsonElement value = JsonElement.ParseValue(ref json);
                json.Read(); // throws if more follows the value
                rows.Add(Row(name, rows.Count, reader.LineNumber, value));
            }
            catch (JsonException e)
            {
                string excerpt = System.Text.Encoding.UTF8.GetString(line[..Math.Min(line.Length, ExcerptLength)]);
                throw new InputException(
                    $"{name}, line {reader.LineNumber} (row {rows.Count}): expected a JSON object, found \"{excerpt}\"...: {Reason(e)} at byte {e.BytePositionInLine}", e);
            }
        }
    }

    private static void ReadArray(string name, Stream stream, int maxRows, List<DataRow> rows)
    {
        byte[] bytes = new byte[checked((int)(stream.Length - stream.Position))];
        stream.ReadExactly(bytes);
        ReadOnlySpan<byte> text = bytes.AsSpan(ByteOrderMarkLength(bytes));
        var json = new Utf8JsonReader(text);
        (int line, int counted) = (1, 0);
        try
        {
            json.Read();
            while (rows.Count < maxRows && json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                int at = (int)json.TokenStartIndex;
                line += text[counted..at].Count((byte)'\n');
                counted = at;
                rows.Add(Row(name, rows.Count, line, JsonElement.ParseValue(ref json)));
            }

            if (rows.Count < maxRows)
            {
                json.Read(); // throws if more follows the array
            }
        }
        catch (JsonException e)
        {
            throw new InputException(
                $"{name}, line {e.LineNumber + 1} (row {rows.Count}): expected a JSON array of objects, found broken JSON: {Reason(e)} at byte {e.BytePositionInLine}", e);
        }
    }

    private static DataRow Row(string name, int index, int line, JsonElement value) => value.ValueKind == JsonValueKind.Object
        ? new DataRow(name, index, line, value)
        : throw new InputException($"{name}, row {index} (line {line}): expected a JSON object, found {JsonKinds.Describe(value.ValueKind)}");

    // The library appends its own coordinates, which count from 0 and from the start of the row.
    private static string Reason(JsonException e)
    {
        int end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? e.Message : e.Message[..end];
    }

    /// <summary>First byte that is neither byte order mark nor white space, or 0.</summary>
    private static byte FirstCharacter(Stream stream)
    {
        var reader = new LineReader(stream);
        while (reader.TryRead(out ReadOnlySpan<byte> line))
        {
            ReadOnlySpan<byte> text = line.TrimStart(" \t\r"u8);
            if (!text.IsEmpty)
            {
                return text[0];
            }
        }

        return 0;
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.TrimStart(" \t\r"u8).IsEmpty;

    internal static int ByteOrderMarkLength(ReadOnlySpan<byte> start) => start.StartsWith("\uFEFF"u8) ? 3 : 0;
}
