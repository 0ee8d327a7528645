using System.Text.Json;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>The options of a golden case. Those that nobody read are unknown to us, and fail.</summary>
internal sealed class GoldenOptions(JsonElement options)
{
    private readonly HashSet<string> _read = [];

    public double Number(string name, double otherwise) => Find(name) is { } value ? value.Number() : otherwise;

    public string Text(string name, string otherwise) => Find(name) is { } value ? value.GetString()! : otherwise;

    public bool Flag(string name) => Find(name) is { } value && value.GetBoolean();

    public string[] Texts(string name) => Find(name) is { } value ? [.. value.EnumerateArray().Select(e => e.GetString()!)] : [];

    public double[] Numbers(string name) => Find(name) is { } value ? value.Numbers() : [];

    public void RequireAllRead() => Assert.Empty(options.EnumerateObject().Select(option => option.Name).Except(_read));

    private JsonElement? Find(string name)
    {
        _read.Add(name);
        return options.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }
}
