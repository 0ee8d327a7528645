using System.Text.Json;
using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>A Hugging Face <c>config.json</c>, read key by key with messages that name the file and the key.</summary>
public sealed class HfConfig
{
    private readonly JsonElement _root;

    /// <param name="source">File name, for messages.</param>
    /// <param name="root">The JSON object.</param>
    public HfConfig(string source, JsonElement root)
    {
        Source = source;
        _root = root.ValueKind == JsonValueKind.Object
            ? root.Clone()
            : throw new InputException($"{source}: expected a JSON object, found {root.ValueKind}");
    }

    public string Source { get; }

    /// <summary>The config as it was read, to be written back with a checkpoint.</summary>
    public JsonElement Root => _root;

    public bool Has(string key) => Find(key) is not null;

    public string String(string key) => Find(key) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw Bad(key, "a string");

    public string String(string key, string otherwise) => Has(key) ? String(key) : otherwise;

    public int Int(string key) =>
        Find(key) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) ? number : throw Bad(key, "a whole number");

    public int Int(string key, int otherwise) => Has(key) ? Int(key) : otherwise;

    /// <summary>A whole number above 0.</summary>
    public int Size(string key) => Int(key) is > 0 and int size ? size : throw Bad(key, "a whole number above 0");

    public double Number(string key) => Find(key) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : throw Bad(key, "a number");

    public double Number(string key, double otherwise) => Has(key) ? Number(key) : otherwise;

    public bool Bool(string key, bool otherwise) => Find(key) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Bad(key, "true or false"),
    };

    /// <summary>A list of strings, or null if the key is absent.</summary>
    public IReadOnlyList<string>? Strings(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } value => [.. value.EnumerateArray().Select(e => e.ValueKind == JsonValueKind.String ? e.GetString()! : throw Bad(key, "a list of strings"))],
        _ => throw Bad(key, "a list of strings"),
    };

    /// <summary>A nested object, or null if the key is absent or null.</summary>
    public HfConfig? Section(string key) => Find(key) is { ValueKind: JsonValueKind.Object } value ? new HfConfig($"{Source}: {key}", value) : null;

    public InputException Bad(string key, string expected) =>
        new($"{Source}: {key}: expected {expected}, found {(_root.TryGetProperty(key, out JsonElement value) ? value.GetRawText() : "nothing")}");

    private JsonElement? Find(string key) =>
        _root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
