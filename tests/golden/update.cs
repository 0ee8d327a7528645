// Makes the compact copy beside this file from a full set of goldens: the folder that holds goldens/ and data/.
// usage: dotnet run tests/golden/update.cs -- FOLDER
// Everything is deleted first but this file and README.md. What is taken, and how, is the list at the bottom.
#:property PublishAot=false
#:property IsAotCompatible=false

using System.IO.Compression;
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

long total = Subset.Files.Sum(file => file.WriteTo(args[0], "tests/golden")) + Subset.Archives.Sum(archive => archive.WriteTo(args[0], "tests/golden"));
Console.WriteLine($"{Subset.Files.Count} files, {Subset.Archives.Count} archives, {total / 1e6:F2} MB");

/// <summary>One file of the copy: its path in the full set, and what is done to its bytes.</summary>
internal sealed record GoldenFile(string Source, Func<byte[], byte[]> Reduce)
{
    /// <summary>Path in the copy.</summary>
    public string Target => Source.StartsWith("goldens/", StringComparison.Ordinal) ? Source["goldens/".Length..] : Source;

    public byte[] Read(string from) => Reduce(File.ReadAllBytes(Path.Combine(from, Source)));

    public long WriteTo(string from, string to)
    {
        byte[] bytes = Read(from);
        string target = Path.Combine(to, Target);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.WriteAllBytes(target, bytes);
        return bytes.Length;
    }
}

/// <summary>Files of one folder in one archive beside them: the same bytes whenever it is made from the same files.</summary>
internal sealed record GoldenArchive(string Target, IReadOnlyList<GoldenFile> Files)
{
    private static readonly DateTimeOffset Epoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public long WriteTo(string from, string to)
    {
        string target = Path.Combine(to, Target);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using (ZipArchive archive = ZipFile.Open(target, ZipArchiveMode.Create))
        {
            foreach (GoldenFile file in Files)
            {
                ZipArchiveEntry entry = archive.CreateEntry(Path.GetFileName(file.Target), CompressionLevel.SmallestSize);
                entry.LastWriteTime = Epoch;
                using Stream stream = entry.Open();
                stream.Write(file.Read(from));
            }
        }

        return new FileInfo(target).Length;
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
        ["gpt2", "llama", "llama-bf16-sharded", "llama-bias", "llama-classifier", "llama-token-classifier", "llama3-rope", "mistral", "qwen2", "qwen2-window", "qwen3"];

    private static readonly string[] ShardedModel =
    [
        "model.safetensors.index.json", "model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors",
        "model-00003-of-00004.safetensors", "model-00004-of-00004.safetensors",
    ];

    private static readonly string[] SftRuns = ["sft_completion_only", "sft_dft", "sft_ga4", "sft_packed_bfd", "sft_packed_wrapped", "sft_unpacked"];

    private static readonly string[] PairRuns = ["dpo_ga2", "dpo_ipo", "dpo_ld_trunc_end", "dpo_mixture", "dpo_rpo", "dpo_sigmoid", "dpo_sync_ref"];

    private static readonly string[] OtherRuns = ["cpo", "kto", "orpo", "simpo"];

    private static readonly string[] RolloutRuns = ["grpo_dapo", "grpo_drgrpo_seq", "grpo_grpo_lr_high", "rloo"];

    // Runs with the same batches share one file.
    private static readonly string[] WithoutBatches = ["cpo", "dpo_ipo", "dpo_mixture", "dpo_rpo", "dpo_sync_ref", "sft_dft", "simpo"];

    private static readonly string[] Losses =
    [
        "a2po", "advantages", "async_grpo", "bco", "cpo", "distillation", "dpo", "gkd", "gmpo", "grpo", "gspo_token", "head", "helpers", "iw_opd", "kto", "minillm",
        "online_dpo", "orpo", "ppo", "prm", "replay_buffer", "reward", "rewards", "rloo", "self_distillation", "sft", "tpo", "uld", "xpo_nash_md",
    ];

    public static IReadOnlyList<GoldenFile> Files { get; } =
    [
        new("goldens/losses/README.md", Reductions.Whole),

        new("goldens/models/README.md", Reductions.Whole),
        new("goldens/models/index.json", Reductions.Keep("families", (entry, _) => Models.Contains((string?)entry["name"]))),
        .. Models.SelectMany(ModelFiles),

        new("goldens/text/README.md", Reductions.Whole),
        .. Named("goldens/text/tokenizers/", ["index.json", "texts.json"], Reductions.Minify),

        new("goldens/training/README.md", Reductions.Whole),
        new("goldens/training/optim.json", Reductions.Keep("optimisers", (entry, _) => (string?)entry["cls"] == "torch:AdamW")),
        .. Named("goldens/training/", ["generation.json", "sampling.json"], Reductions.Minify),
        .. Named("goldens/training/", ["generation.safetensors", "sampling.safetensors"], Reductions.Whole),

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

        new("data/tokenizers/gpt2/LICENSE.openai-gpt-2.txt", Reductions.Whole),
        new("data/tokenizers/phi3/LICENSE.onnxruntime-genai.txt", Reductions.Whole),
        new("data/tinyshakespeare/input.txt", Reductions.FirstBytes(20_000)),
    ];

    /// <summary>What compresses well: numbers written as text, and token ids.</summary>
    public static IReadOnlyList<GoldenArchive> Archives { get; } =
    [
        new("text/datasets/datasets.zip", [.. Named("goldens/text/datasets/", ["data_utils.json", "dpo.json", "reward.json", "rows.json", "sft.json"], Reductions.Whole)]),
        .. new[] { "gpt2", "phi3", "stories260k" }.Select(name => new GoldenArchive($"text/tokenizers/{name}/encodings.zip", [new($"goldens/text/tokenizers/{name}/encodings.json", Reductions.Whole)])),
        new(
            "text/tokenizers/bpe-qwen2/tokenizer.zip",
            [.. Named("goldens/text/tokenizers/bpe-qwen2/", ["encodings.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"], Reductions.Whole)]),
        new(
            "data/tokenizers/gpt2/tokenizer.zip",
            [.. Named("data/tokenizers/gpt2/", ["golden.inp", "golden.out", "merges.txt", "vocab.json", "shakespeare_20000.ids.json"], Reductions.Whole)]),
        new(
            "data/tokenizers/phi3/tokenizer.zip",
            [
                .. Named(
                    "data/tokenizers/phi3/",
                    ["golden.inp", "golden.out", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "shakespeare_20000.ids.json"],
                    Reductions.Whole),
            ]),
        new("losses/losses.zip", [.. Named("goldens/losses/", [.. Losses.Select(name => $"{name}.json")], Reductions.Whole)]),
        new("training/traj/sft.zip", [.. SftRuns.SelectMany(RunFiles), .. SftRuns.Select(run => new GoldenFile($"goldens/training/traj/{run}.dataset.json", Reductions.Whole))]),
        new("training/traj/pairs.zip", [new("goldens/training/traj/hh.dataset.json", Reductions.Whole), .. PairRuns.SelectMany(RunFiles)]),
        new("training/traj/others.zip", [.. OtherRuns.SelectMany(RunFiles), .. RunFiles("reward"), new("goldens/training/traj/reward.score.safetensors", Reductions.Whole)]),
        new(
            "training/traj/rollouts.zip",
            [
                new("goldens/training/traj/rollouts.json", Reductions.Whole),
                .. RolloutRuns.SelectMany(RunFiles),
                .. RolloutRuns.SelectMany(run => Named($"goldens/training/traj/{run}.generations", [".json", ".safetensors"], Reductions.Whole)),
            ]),
    ];

    private static IEnumerable<GoldenFile> ModelFiles(string model)
    {
        string[] config = model == "gpt2" ? ["config.json"] : ["config.json", "config.v4.json"];
        string[] weights = model == "llama-bf16-sharded" ? ShardedModel : ["model.safetensors"];
        string[] generation = model.EndsWith("classifier", StringComparison.Ordinal) ? [] : ["generation_config.json"];
        return Named($"goldens/models/{model}/", [.. config, .. generation, .. weights, "golden.safetensors"], Reductions.Whole);
    }

    private static IEnumerable<GoldenFile> RunFiles(string run) =>
        Named($"goldens/training/traj/{run}", WithoutBatches.Contains(run) ? [".json", ".final.safetensors"] : [".json", ".batches.safetensors", ".final.safetensors"], Reductions.Whole);

    private static IEnumerable<GoldenFile> Named(string folder, string[] names, Func<byte[], byte[]> reduce) =>
        names.Select(name => new GoldenFile(folder + name, reduce));
}
