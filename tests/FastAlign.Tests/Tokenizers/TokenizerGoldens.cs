using System.Text.Json;
using FastAlign.IO.Tokenizers;
using Xunit;

namespace FastAlign.Tests.Tokenizers;

/// <summary>The tokenizers under goldens/text/tokenizers: what is there and where each one's files are.</summary>
internal static class TokenizerGoldens
{
    private static readonly string[] Folder = ["text", "tokenizers"];

    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.EnumerateDirectories(Goldens.Path(Folder)).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    public static TheoryData<string> All => [.. Names];

    public static string[] Texts { get; } = [.. Read("texts.json").GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];

    public static JsonElement Encodings(string name) => Read(name, "encodings.json");

    public static string TokenizerFolder(string name)
    {
        JsonElement encodings = Encodings(name);
        if (!encodings.TryGetProperty("source", out JsonElement source))
        {
            return Goldens.Path([.. Folder, name]);
        }

        string inData = source.GetString()!["shared/data/".Length..];
        return Goldens.DataPath(inData[..inData.LastIndexOf('/')].Split('/'));
    }

    public static Tokenizer Load(string name) => Tokenizer.Load(TokenizerFolder(name));

    public static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetInt32())];

    private static JsonElement Read(params string[] parts)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Goldens.Path([.. Folder, .. parts])));
        return document.RootElement.Clone();
    }
}
