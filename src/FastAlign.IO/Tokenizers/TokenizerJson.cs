using System.Text.Json;

namespace FastAlign.IO.Tokenizers;

/// <summary>Reads <c>tokenizer.json</c>.</summary>
internal static class TokenizerJson
{
    public static TokenizerParts Read(string path)
    {
        using JsonDocument document = JsonFile.Parse(path);
        var root = new JsonPart(path, "", document.RootElement);
        JsonPart model = root.Get("model");
        throw model.Unsupported(model.String("type"));
    }
}
