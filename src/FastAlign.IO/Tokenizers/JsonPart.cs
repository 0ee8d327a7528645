using System.Globalization;
using System.Text.Json;
using FastAlign.Core;

namespace FastAlign.IO.Tokenizers;

/// <summary>A value inside a JSON file, with the file's name and the path to it for messages.</summary>
internal readonly record struct JsonPart(string File, string Path, JsonElement Element)
{
    public JsonValueKind Kind => Element.ValueKind;

    /// <summary>The field, or null if it is absent or null.</summary>
    public JsonPart? Find(string key)
    {
        if (Kind != JsonValueKind.Object)
        {
            throw Bad("an object");
        }

        return Element.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? new JsonPart(File, Path.Length == 0 ? key : $"{Path}.{key}", value) : null;
    }

    public JsonPart Get(string key) => Find(key) ?? throw new InputException($"{File}: {Path}: expected a field {key}, found none");

    public string String(string key) => Get(key).AsString();

    public string AsString() => Kind == JsonValueKind.String ? Element.GetString()! : throw Bad("a string");

    public int AsInt() => Kind == JsonValueKind.Number && Element.TryGetInt32(out int value) && value >= 0 ? value : throw Bad("a whole number of 0 or more");

    public double AsNumber() => Kind == JsonValueKind.Number ? Element.GetDouble() : throw Bad("a number");

    public bool Flag(string key, bool otherwise) => Find(key) is not { } part ? otherwise
        : part.Kind is JsonValueKind.True or JsonValueKind.False ? part.Element.GetBoolean() : throw part.Bad("true or false");

    /// <summary>The items of a list, without names: for long ones.</summary>
    public JsonElement.ArrayEnumerator Elements() => Kind == JsonValueKind.Array ? Element.EnumerateArray() : throw Bad("a list");

    /// <summary>The items of a list.</summary>
    public IEnumerable<JsonPart> Items()
    {
        int i = 0;
        foreach (JsonElement item in Elements())
        {
            yield return new JsonPart(File, string.Create(CultureInfo.InvariantCulture, $"{Path}[{i++}]"), item);
        }
    }

    /// <summary>The message for a value that is not what it should be.</summary>
    public InputException Bad(string expected)
    {
        string found = Kind is JsonValueKind.Object or JsonValueKind.Array ? Kind.ToString() : Element.GetRawText();
        return new($"{File}: {(Path.Length == 0 ? "root" : Path)}: expected {expected}, found {(found.Length > 60 ? found[..60] + "..." : found)}");
    }

    /// <summary>The message for a part that the file asks for and this reader does not have.</summary>
    public InputException Unsupported(string kind) => new($"{File}: {Path}: {kind} is not supported");
}
