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
        var merges = new Dictionary<ulong, BpeMerge>();
        int rank = 0;
        foreach (JsonPart merge in part.Get("merges").Items())
        {
            AddMerge(merges, ids, rank++, Pair(merge), $"{merge.File}: {merge.Path}");
        }

        int? unknownId = part.Find("unk_token") is not { } unknown ? null
            : ids.TryGetValue(unknown.AsString(), out int id) ? id : throw unknown.Bad("a token of the vocabulary");
        return new BpeModel(ids, merges, new BpeOptions
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

    /// <summary>Adds a merge rule. The last of two rules for the same pair holds.</summary>
    public static void AddMerge(Dictionary<ulong, BpeMerge> merges, Dictionary<string, int> ids, int rank, (string Left, string Right) pair, string where)
    {
        int Id(string token) => ids.TryGetValue(token, out int id) ? id
            : throw new InputException($"{where}: merge of '{pair.Left}' and '{pair.Right}': expected tokens of the vocabulary, '{token}' is not one");

        merges[BpeModel.PairKey(Id(pair.Left), Id(pair.Right))] = new BpeMerge(rank, Id(pair.Left + pair.Right));
    }

    private static (string Left, string Right) Pair(JsonPart merge)
    {
        string[] pair = merge.Kind == JsonValueKind.String ? merge.AsString().Split(' ') : [.. merge.Items().Select(token => token.AsString())];
        return pair.Length == 2 ? (pair[0], pair[1]) : throw merge.Bad("two tokens");
    }
}
