using System.Text.Json;
using FastAlign.Core;

namespace FastAlign.IO.Tokenizers;

/// <summary>Reads the BPE model of <c>tokenizer.json</c>.</summary>
internal static class BpeReader
{
    public static BpeModel Read(JsonPart part, bool isByteLevel)
    {
        foreach (string affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (part.Find(affix) is { } text && text.AsString().Length > 0)
            {
                throw text.Unsupported($"'{text.AsString()}'");
            }
        }

        if (part.Find("dropout") is { } dropout && dropout.AsNumber() != 0)
        {
            throw dropout.Unsupported("dropout");
        }

        Dictionary<string, int> ids = Vocabulary(part.Get("vocab"));
        JsonPart merges = part.Get("merges");
        var rules = new List<(int, int, int)>();
        foreach (JsonElement merge in merges.Elements())
        {
            rules.Add(Rule(ids, Pair(merge), () => $"{part.File}: {merges.Path}[{rules.Count}]"));
        }

        int? unknownId = part.Find("unk_token") is not { } unknown ? null
            : ids.TryGetValue(unknown.AsString(), out int id) ? id : throw unknown.Bad("a token of the vocabulary");
        return new BpeModel(ids, rules, new BpeOptions
        {
            IsByteLevel = isByteLevel,
            HasByteFallback = part.Flag("byte_fallback", false),
            UnknownId = unknownId,
            FusesUnknown = part.Flag("fuse_unk", false),
            TakesWholeWords = part.Flag("ignore_merges", false),
        });
    }

    /// <summary>Reads <c>{"token": id, ...}</c>.</summary>
    public static Dictionary<string, int> Vocabulary(JsonPart part)
    {
        if (part.Kind != JsonValueKind.Object)
        {
            throw part.Bad("an object of tokens and ids");
        }

        var ids = new Dictionary<string, int>(part.Element.GetPropertyCount(), StringComparer.Ordinal);
        foreach (JsonProperty entry in part.Element.EnumerateObject())
        {
            ids[entry.Name] = entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetInt32(out int id) && id >= 0
                ? id : throw new JsonPart(part.File, $"{part.Path}['{entry.Name}']", entry.Value).Bad("a whole number of 0 or more");
        }

        return ids;
    }

    /// <summary>The ids of a merge rule: left, right, joined.</summary>
    /// <param name="ids">The vocabulary.</param>
    /// <param name="pair">The texts of the two tokens; empty or of other length if the file has something else.</param>
    /// <param name="where">File and place, for messages.</param>
    public static (int Left, int Right, int Joined) Rule(Dictionary<string, int> ids, string[] pair, Func<string> where)
    {
        if (pair.Length != 2)
        {
            throw new InputException($"{where()}: expected two tokens, found '{string.Join(' ', pair)}'");
        }

        int Id(string token) => ids.TryGetValue(token, out int id) ? id
            : throw new InputException($"{where()}: merge of '{pair[0]}' and '{pair[1]}': expected tokens of the vocabulary, '{token}' is not one");

        return (Id(pair[0]), Id(pair[1]), Id(pair[0] + pair[1]));
    }

    // "a b" or ["a", "b"].
    private static string[] Pair(JsonElement merge) => merge.ValueKind switch
    {
        JsonValueKind.String => merge.GetString()!.Split(' '),
        JsonValueKind.Array => [.. merge.EnumerateArray().Select(token => token.ValueKind == JsonValueKind.String ? token.GetString()! : token.GetRawText())],
        _ => [merge.GetRawText()],
    };
}
