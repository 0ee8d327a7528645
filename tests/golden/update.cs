// Makes the compact copy beside this file from a full set of goldens: the folder that holds goldens/ and data/.
// usage: dotnet run tests/golden/update.cs -- FOLDER
// Everything is deleted first but this file and README.md. What is taken, and how, is the list at the bottom.
#:property PublishAot=false
#:property IsAotCompatible=false

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

if (args.Length != 1 || !Directory.Exists(Path.Combine(args[0], "goldens")) || !File.Exists("tests/golden/update.cs"))
{
    throw new ArgumentException("run in the root of the repository, with the folder that holds goldens/ and data/ as the only argument");
}

string[] parts = ["losses", "models", "text", "training", "data"];
foreach (string folder in parts.Select(part => Path.Combine("tests/golden", part)).Where(Directory.Exists))
{
    Directory.Delete(folder, recursive: true);
}

long total = Subset.Files.Sum(file => file.WriteTo(args[0], "tests/golden"));
Console.WriteLine($"{Subset.Files.Count} files, {total / 1e6:F2} MB");

/// <summary>One file of the copy: its path in the full set, and what is done to its bytes.</summary>
internal sealed record GoldenFile(string Source, Func<byte[], byte[]> Reduce)
{
    public long WriteTo(string from, string to)
    {
        byte[] bytes = Reduce(File.ReadAllBytes(Path.Combine(from, Source)));
        string target = Path.Combine(to, Source.StartsWith("goldens/", StringComparison.Ordinal) ? Source["goldens/".Length..] : Source);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.WriteAllBytes(target, bytes);
        return bytes.Length;
    }
}

/// <summary>Reductions that leave every number and every string that is kept byte for byte as it was.</summary>
internal static class Reductions
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Whole(byte[] bytes) => bytes;

    /// <summary>JSON without the blanks between its tokens.</summary>
    public static byte[] Minify(byte[] json)
    {
        var kept = new List<byte>(json.Length);
        bool isString = false;
        for (int i = 0; i < json.Length; i++)
        {
            byte symbol = json[i];
            if (isString && symbol == '\\')
            {
                kept.Add(symbol);
                kept.Add(json[++i]);
            }
            else if (isString || !(symbol is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
            {
                kept.Add(symbol);
                isString ^= symbol == '"';
            }
        }

        kept.Add((byte)'\n');
        return [.. kept];
    }

    /// <summary>The entries of one list of a JSON object (of the document itself where <paramref name="list"/> is empty) that pass.</summary>
    public static Func<byte[], byte[]> Keep(string list, Func<JsonNode, int, bool> isKept) => bytes =>
    {
        JsonNode document = JsonNode.Parse(bytes)!;
        JsonArray entries = (list.Length == 0 ? document : document[list]!).AsArray();
        for (int i = entries.Count - 1; i >= 0; i--)
        {
            if (!isKept(entries[i]!, i))
            {
                entries.RemoveAt(i);
            }
        }

        return JsonSerializer.SerializeToUtf8Bytes(document, Readable);
    };

    /// <summary>The first lines, so that line numbers stay true.</summary>
    public static Func<byte[], byte[]> FirstLines(int count) => bytes =>
    {
        int end = 0;
        for (int line = 0; line < count; line++)
        {
            end = Array.IndexOf(bytes, (byte)'\n', end) + 1;
        }

        return bytes[..end];
    };

    public static Func<byte[], byte[]> FirstBytes(int count) => bytes => bytes[..count];
}

/// <summary>What the tests of the repository read.</summary>
internal static class Subset
{
    private static readonly string[] Models =
        ["gpt2", "llama", "llama-bf16-sharded", "llama-bias", "llama-classifier", "llama3-rope", "mistral", "qwen2", "qwen3"];

    private static readonly string[] ShardedModel =
    [
        "model.safetensors.index.json", "model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors",
        "model-00003-of-00004.safetensors", "model-00004-of-00004.safetensors",
    ];

    private static readonly string[] SftRuns = ["sft_completion_only", "sft_ga4", "sft_packed_bfd", "sft_unpacked"];

    private static readonly string[] DpoRuns = ["dpo_ga2", "dpo_sigmoid"];

    public static IReadOnlyList<GoldenFile> Files { get; } =
    [
        new("goldens/losses/README.md", Reductions.Whole),
        new("goldens/losses/dpo.json", Reductions.Keep("cases", (entry, _) => entry["options"]!["loss_type"]!.ToJsonString() == "[\"sigmoid\"]")),
        new("goldens/losses/sft.json", Reductions.Minify),

        new("goldens/models/README.md", Reductions.Whole),
        new("goldens/models/index.json", Reductions.Keep("families", (entry, _) => Models.Contains((string?)entry["name"]))),
        .. Models.SelectMany(ModelFiles),

        new("goldens/text/README.md", Reductions.Whole),
        .. Named("goldens/text/datasets/", ["data_utils.json", "dpo.json", "reward.json", "rows.json", "sft.json"], Reductions.Minify),
        .. Named("goldens/text/tokenizers/", ["index.json", "texts.json"], Reductions.Minify),
        .. Named("goldens/text/tokenizers/", ["gpt2/encodings.json", "phi3/encodings.json", "stories260k/encodings.json"], Reductions.Minify),
        .. Named("goldens/text/tokenizers/bpe-qwen2/", ["encodings.json", "tokenizer.json", "tokenizer_config.json"], Reductions.Minify),
        new("goldens/text/tokenizers/bpe-qwen2/chat_template.jinja", Reductions.Whole),

        new("goldens/training/README.md", Reductions.Whole),
        new("goldens/training/optim.json", Reductions.Keep("optimisers", (entry, _) => (string?)entry["cls"] == "torch:AdamW")),
        .. Named("goldens/training/", ["generation.json", "sampling.json"], Reductions.Minify),
        .. Named("goldens/training/", ["generation.safetensors", "sampling.safetensors"], Reductions.Whole),
        new("goldens/training/traj/hh.dataset.json", Reductions.Minify),
        .. SftRuns.Select(run => new GoldenFile($"goldens/training/traj/{run}.dataset.json", Reductions.Minify)),
        .. SftRuns.Concat(DpoRuns).SelectMany(RunFiles),

        // The model's own files stay as they are: a test compares the bytes that saving it gives.
        .. Named(
            "data/stories260k/",
            [
                "LICENSE.llama2c.txt", "golden_greedy_200.txt", "hf/config.json", "hf/generation_config.json", "hf/model.safetensors",
                "hf/tokenizer.json", "hf/tokenizer_config.json", "hf/golden_logprobs.json", "hf/golden_tokenization.json",
            ],
            Reductions.Whole),

        // The runs take rows up to 163 of the one and up to 47 of the other.
        new("data/hh-rlhf/helpful-base.test.slice.jsonl", Reductions.FirstLines(164)),
        new("data/hh-rlhf/LICENSE.txt", Reductions.Whole),
        new("data/polite-preference/instruction-data-with-preference.first900.json", Reductions.Keep("", (_, row) => row < 48)),
        new("data/polite-preference/LICENSE.txt", Reductions.Whole),
        .. Named("data/tinystories/", ["tinystories_sample.txt", "LICENSE.cs336.txt"], Reductions.Whole),

        .. Named("data/tokenizers/gpt2/", ["golden.inp", "golden.out", "merges.txt", "LICENSE.openai-gpt-2.txt"], Reductions.Whole),
        .. Named("data/tokenizers/gpt2/", ["vocab.json", "shakespeare_20000.ids.json"], Reductions.Minify),
        .. Named("data/tokenizers/phi3/", ["golden.inp", "golden.out", "LICENSE.onnxruntime-genai.txt"], Reductions.Whole),
        .. Named("data/tokenizers/phi3/", ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "shakespeare_20000.ids.json"], Reductions.Minify),
        new("data/tinyshakespeare/input.txt", Reductions.FirstBytes(20_000)),
    ];

    private static IEnumerable<GoldenFile> ModelFiles(string model)
    {
        string[] config = model == "gpt2" ? ["config.json"] : ["config.json", "config.v4.json"];
        string[] weights = model == "llama-bf16-sharded" ? ShardedModel : ["model.safetensors"];
        string[] generation = model == "llama-classifier" ? [] : ["generation_config.json"];
        return Named($"goldens/models/{model}/", [.. config, .. generation, .. weights, "golden.safetensors"], Reductions.Whole);
    }

    private static IEnumerable<GoldenFile> RunFiles(string run) =>
    [
        new($"goldens/training/traj/{run}.json", Reductions.Minify),
        new($"goldens/training/traj/{run}.batches.safetensors", Reductions.Whole),
        new($"goldens/training/traj/{run}.final.safetensors", Reductions.Whole),
    ];

    private static IEnumerable<GoldenFile> Named(string folder, string[] names, Func<byte[], byte[]> reduce) =>
        names.Select(name => new GoldenFile(folder + name, reduce));
}
