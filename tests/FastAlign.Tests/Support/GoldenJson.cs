using System.Text.Json;
using Xunit;

namespace FastAlign.Tests;

/// <summary>Golden JSON: numbers are 17-digit doubles; "NaN", "Infinity" and "-Infinity" are strings.</summary>
internal static class GoldenJson
{
    public static JsonElement Load(params string[] parts)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Goldens.Path(parts)));
        return document.RootElement.Clone();
    }

    public static double Number(this JsonElement element) => element.ValueKind == JsonValueKind.String ? double.Parse(element.GetString()!) : element.GetDouble();

    /// <summary>All numbers of nested arrays, in order.</summary>
    public static double[] Numbers(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray().SelectMany(Numbers)] : [element.Number()];

    public static double Number(this JsonElement element, string key, double otherwise) =>
        element.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value.Number() : otherwise;

    /// <summary>Fails on an option that the test does not know, so that no case is passed with half of its options.</summary>
    public static void RequireOnly(this JsonElement options, params ReadOnlySpan<string> known)
    {
        foreach (JsonProperty option in options.EnumerateObject())
        {
            Assert.True(known.Contains(option.Name), $"unknown option {option.Name}");
        }
    }

    public static JsonElement Named(this JsonElement array, string name) =>
        array.EnumerateArray().First(e => e.GetProperty("name").GetString() == name);
}
