using System.Text.Json;
using FastAlign.Core;

namespace FastAlign.IO.Datasets;

/// <summary>One object of a data file, with the place it came from. Every error it raises names file, row, line and field.</summary>
public sealed class DataRow
{
    private readonly string _file;
    private readonly JsonElement _fields;

    internal DataRow(string file, int index, int line, JsonElement fields)
    {
        (_file, Index, Line, _fields) = (file, index, line, fields);
    }

    /// <summary>Number of the row among the rows of its file, from 0: blank lines do not count.</summary>
    public int Index { get; }

    /// <summary>Line of the file on which the row starts, from 1.</summary>
    public int Line { get; }

    /// <summary>True if the field is there and not null. A data set with rows of several shapes holds null where a row lacks a field.</summary>
    public bool Has(string field) => _fields.TryGetProperty(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>The string in a field.</summary>
    /// <exception cref="InputException">There is no such field, or it holds something else, or a conversation.</exception>
    public string Text(string field)
    {
        JsonElement value = Required(field);
        if (value.ValueKind != JsonValueKind.String)
        {
            throw IsConversation(value) ? Conversation(field) : WrongType(field, "a string", value);
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new InputException($"{Place}: field '{field}': expected Unicode text, found bytes or escapes that are none", e);
        }
    }

    /// <summary>The truth value in a field.</summary>
    /// <exception cref="InputException">There is no such field, or it holds something else.</exception>
    public bool Flag(string field)
    {
        JsonElement value = Required(field);
        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw WrongType(field, "true or false", value),
        };
    }

    /// <summary>The finite number in a field.</summary>
    /// <exception cref="InputException">There is no such field, or it holds something else.</exception>
    public double Number(string field) => NumberOf(field, Required(field), "a number");

    /// <summary>The finite number or truth value in a field; true and false count as 1 and 0.</summary>
    /// <exception cref="InputException">There is no such field, or it holds something else.</exception>
    public double NumberOrFlag(string field) => NumberOrFlagOf(field, Required(field));

    /// <summary>As <see cref="NumberOrFlag"/>, of a field that holds a list.</summary>
    /// <exception cref="InputException">There is no such field, or it holds something else.</exception>
    public double[] Numbers(string field) => [.. List(field).EnumerateArray().Select(value => NumberOrFlagOf(field, value))];

    /// <summary>The strings in a field that holds a list.</summary>
    /// <exception cref="InputException">There is no such field, or it holds something else.</exception>
    public string[] Texts(string field) =>
        [.. List(field).EnumerateArray().Select(value => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw WrongType(field, "a list of strings", value))];

    /// <summary>The token ids in a field that holds a list of whole numbers.</summary>
    /// <exception cref="InputException">There is no such field, or it holds something else.</exception>
    public int[] Ids(string field) => IdsOf(field, List(field));

    /// <summary>The lists of token ids in a field, or null if it holds a list of something else.</summary>
    /// <exception cref="InputException">There is no such field, or it holds no list, or lists of something else.</exception>
    public int[][]? IdLists(string field)
    {
        JsonElement list = List(field);
        return list.GetArrayLength() > 0 && list[0].ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(ids => IdsOf(field, ids))] : null;
    }

    /// <summary>Numbers of a field that holds one number, or a list of them, per item; null stands for NaN.</summary>
    /// <exception cref="InputException">There is no such field, or it holds something else.</exception>
    public double[][] NumberLists(string field) => [.. List(field).EnumerateArray().Select(item =>
        item.ValueKind == JsonValueKind.Array ? item.EnumerateArray().Select(value => NumberOrNaN(field, value)).ToArray() : [NumberOrNaN(field, item)])];

    /// <summary>The first of the fields that holds a conversation (a list of messages, each with a role), or null.</summary>
    public string? ConversationalField(params ReadOnlySpan<string> fields)
    {
        foreach (string field in fields)
        {
            if (_fields.TryGetProperty(field, out JsonElement value) && IsConversation(value))
            {
                return field;
            }
        }

        return null;
    }

    /// <summary>The error for a field that holds a conversation: it takes a chat template to make text of it.</summary>
    public InputException Conversation(string field) => new(
        $"{Place}: field '{field}': expected a string, found a conversation (a list of messages); " +
        "chat templates are not supported yet, so render it to text first");

    /// <summary>An error about this row as a whole.</summary>
    public InputException Error(string message) => new($"{Place}: {message}");

    /// <summary>The error for a row that has none of the shapes that were expected.</summary>
    internal InputException WrongShape(string expected)
    {
        List<string> names = [];
        foreach (JsonProperty property in _fields.EnumerateObject())
        {
            names.Add($"'{property.Name}'");
        }

        return Error($"expected the fields {expected}; found {(names.Count == 0 ? "none" : string.Join(", ", names))}");
    }

    private string Place => $"{_file}, row {Index} (line {Line})";

    private JsonElement Required(string field) =>
        _fields.TryGetProperty(field, out JsonElement value) ? value : throw WrongShape($"'{field}'");

    private JsonElement List(string field) =>
        Required(field) is { ValueKind: JsonValueKind.Array } list ? list : throw WrongType(field, "a list", Required(field));

    private int[] IdsOf(string field, JsonElement list) => list.ValueKind == JsonValueKind.Array
        ? [.. list.EnumerateArray().Select(id =>
            id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int value) && value >= 0 ? value : throw WrongType(field, "token ids, whole numbers of at least 0", id))]
        : throw WrongType(field, "a list of token ids", list);

    private double NumberOrNaN(string field, JsonElement value) => value.ValueKind == JsonValueKind.Null ? double.NaN : NumberOf(field, value, "numbers, or null where there is none");

    private double NumberOrFlagOf(string field, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => NumberOf(field, value, "a number, true or false"),
    };

    private double NumberOf(string field, JsonElement value, string expected)
    {
        if (value.ValueKind != JsonValueKind.Number)
        {
            throw WrongType(field, expected, value);
        }

        double number = value.GetDouble();
        return double.IsFinite(number) ? number : throw Error($"field '{field}': expected a finite number, found {value.GetRawText()}");
    }

    private InputException WrongType(string field, string expected, JsonElement value) =>
        Error($"field '{field}': expected {expected}, found {JsonKinds.Describe(value.ValueKind)}");

    // Messages carry "role", or "from" in the ShareGPT manner; the first one decides, as in TRL.
    private static bool IsConversation(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Object
        && (value[0].TryGetProperty("role", out _) || value[0].TryGetProperty("from", out _));
}
