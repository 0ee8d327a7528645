using System.Text.Json;
using FastAlign.Core;

namespace FastAlign.IO.Tokenizers;

/// <summary>What the files beside <c>tokenizer.json</c> say: which token has which role, and the chat template.</summary>
internal sealed record SpecialTokenNames
{
    public string? Bos { get; init; }

    public string? Eos { get; init; }

    public string? Pad { get; init; }

    public string? Unknown { get; init; }

    public string? ChatTemplate { get; init; }

    /// <summary>Reads <c>tokenizer_config.json</c>, then <c>special_tokens_map.json</c> for what it leaves open, then <c>chat_template.jinja</c>.</summary>
    public static SpecialTokenNames Read(string folder)
    {
        string jinja = Path.Combine(folder, "chat_template.jinja");
        SpecialTokenNames names = ReadJson(Path.Combine(folder, "tokenizer_config.json")).Or(ReadJson(Path.Combine(folder, "special_tokens_map.json")));
        return File.Exists(jinja) ? names with { ChatTemplate = File.ReadAllText(jinja) } : names;
    }

    /// <summary>These names, and the other's where these have none.</summary>
    public SpecialTokenNames Or(SpecialTokenNames other) => new()
    {
        Bos = Bos ?? other.Bos,
        Eos = Eos ?? other.Eos,
        Pad = Pad ?? other.Pad,
        Unknown = Unknown ?? other.Unknown,
        ChatTemplate = ChatTemplate ?? other.ChatTemplate,
    };

    private static SpecialTokenNames ReadJson(string path)
    {
        if (!File.Exists(path))
        {
            return new SpecialTokenNames();
        }

        using JsonDocument document = JsonFile.Parse(path);
        var root = new JsonPart(path, "", document.RootElement);
        return new SpecialTokenNames
        {
            Bos = TokenText(root, "bos_token"),
            Eos = TokenText(root, "eos_token"),
            Pad = TokenText(root, "pad_token"),
            Unknown = TokenText(root, "unk_token"),
            ChatTemplate = Template(root),
        };
    }

    // A token is written as its text, or as an object with its content.
    private static string? TokenText(JsonPart root, string key) => root.Find(key) switch
    {
        null => null,
        { Kind: JsonValueKind.Object } token => token.String("content"),
        _ => root.String(key),
    };

    // A template is a text, or a list of named ones of which "default" is meant.
    private static string? Template(JsonPart root)
    {
        if (root.Find("chat_template") is not { } template)
        {
            return null;
        }

        if (template.Kind != JsonValueKind.Array)
        {
            return root.String("chat_template");
        }

        JsonPart[] named = [.. template.Items().Where(item => item.String("name") == "default")];
        return named.Length == 1 ? named[0].String("template") : throw new InputException($"{root.File}: chat_template: expected one template named default");
    }
}
