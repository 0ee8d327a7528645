using System.Text.Json;
using FastAlign.Core;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign.IO.Checkpoints;

/// <summary>Token ids that <c>generation_config.json</c> names, or <c>config.json</c> where it is silent.</summary>
/// <param name="Begin"><c>bos_token_id</c>.</param>
/// <param name="End"><c>eos_token_id</c>, one or several; generation stops at any of them.</param>
/// <param name="Pad"><c>pad_token_id</c>.</param>
public sealed record GenerationTokens(int? Begin, IReadOnlyList<int> End, int? Pad)
{
    /// <summary>File name beside the config.</summary>
    public const string FileName = "generation_config.json";

    /// <exception cref="InputException">An id is not a token of the vocabulary.</exception>
    public static GenerationTokens Read(string folder, HfConfig config, int vocab)
    {
        string path = Path.Combine(folder, FileName);
        HfConfig? generation = null;
        if (File.Exists(path))
        {
            using JsonDocument document = JsonFile.Parse(path);
            generation = new HfConfig(path, document.RootElement);
        }

        IReadOnlyList<int> Ids(string key) => Of(generation, key, vocab) ?? Of(config, key, vocab) ?? [];
        int? Id(string key) => Ids(key) is [int id, ..] ? id : null;
        return new GenerationTokens(Id("bos_token_id"), Ids("eos_token_id"), Id("pad_token_id"));
    }

    private static List<int>? Of(HfConfig? config, string key, int vocab)
    {
        if (config is null || !config.Has(key))
        {
            return null;
        }

        JsonElement value = config.Root.GetProperty(key);
        IEnumerable<JsonElement> items = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [value];
        var ids = new List<int>();
        foreach (JsonElement item in items)
        {
            // Published configs say -1 for "none".
            bool isId = item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int id) && id >= -1 && id < vocab;
            if (!isId)
            {
                throw config.Bad(key, $"token ids below the vocabulary of {vocab}");
            }

            if (item.GetInt32() >= 0)
            {
                ids.Add(item.GetInt32());
            }
        }

        return ids;
    }
}
