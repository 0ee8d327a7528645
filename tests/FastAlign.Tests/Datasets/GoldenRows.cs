using System.Text;
using System.Text.Json;
using FastAlign.Core;
using FastAlign.IO.Datasets;
using Xunit;
using HfTokenizer = FastAlign.IO.Tokenizers.Tokenizer;

namespace FastAlign.Tests.Datasets;

/// <summary>Rows, tokenizers and cases of the data set goldens.</summary>
internal static class GoldenRows
{
    private static readonly Dictionary<string, JsonElement> Documents = [];
    private static readonly Lock Gate = new();

    public static JsonElement Read(string path)
    {
        lock (Gate)
        {
            if (!Documents.TryGetValue(path, out JsonElement root))
            {
                using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
                Documents[path] = root = document.RootElement.Clone();
            }

            return root;
        }
    }

    /// <summary>Case <paramref name="index"/> of a file in text/datasets.</summary>
    public static JsonElement Case(string file, int index) => Read(Goldens.Path("text", "datasets", file)).GetProperty("cases")[index];

    /// <summary>All cases of a file: index and a label made of some of its fields. Empty where the goldens have no such file.</summary>
    public static TheoryData<int, string> Cases(string file, params string[] labels)
    {
        var cases = new TheoryData<int, string>();
        if (File.Exists(Goldens.Path("text", "datasets", file)))
        {
            JsonElement all = Read(Goldens.Path("text", "datasets", file)).GetProperty("cases");
            for (int i = 0; i < all.GetArrayLength(); i++)
            {
                cases.Add(i, string.Join(' ', labels.Where(name => all[i].TryGetProperty(name, out _)).Select(name => all[i].GetProperty(name).GetRawText())));
            }
        }

        return cases;
    }

    /// <summary>Names of the preprocessed data sets of the training goldens.</summary>
    public static string[] TrainingDatasets()
    {
        string folder = Goldens.Path("training", "traj");
        return Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*.dataset.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>A named list of rows.json, read as a data file.</summary>
    public static DataRow[] Named(string name) => Parse(Read(Goldens.Path("text", "datasets", "rows.json")).GetProperty(name).GetRawText());

    public static DataRow[] Parse(string json) => DataFile.Read("rows.json", new MemoryStream(Encoding.UTF8.GetBytes(json)));

    /// <summary>A data file of the goldens' data folder; <paramref name="path"/> starts with "data/".</summary>
    public static string DataPath(string path) => Goldens.DataPath(path["data/".Length..].Split('/'));

    public static bool IsConversational(DataRow row) =>
        row.ConversationalField("prompt", "chosen", "rejected", "completion", "messages", "conversations") is not null;

    /// <summary>The tokenizer that a case names.</summary>
    public static RowTokenizer Tokenizer(string name)
    {
        string folder = name == "stories260k" ? Goldens.DataPath("stories260k", "hf") : Goldens.Path("text", "tokenizers", "bpe-qwen2");
        lock (Gate)
        {
            if (!Loaded.TryGetValue(folder, out RowTokenizer? tokenizer))
            {
                Loaded[folder] = tokenizer = new RowTokenizer(HfTokenizer.Load(folder));
            }

            return tokenizer;
        }
    }

    public static int? MaxLength(JsonElement settings) =>
        settings.TryGetProperty("max_length", out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;

    public static TruncationMode Truncation(JsonElement settings) =>
        settings.TryGetProperty("truncation_mode", out JsonElement mode) && mode.GetString() == "keep_end" ? TruncationMode.KeepEnd : TruncationMode.KeepStart;

    public static PackingStrategy Packing(JsonElement settings) =>
        !settings.TryGetProperty("packing", out JsonElement packing) || !packing.GetBoolean() ? PackingStrategy.None
        : Strategy(settings.TryGetProperty("packing_strategy", out JsonElement name) ? name.GetString()! : "bfd");

    public static PackingStrategy Strategy(string name) => name switch
    {
        "bfd" => PackingStrategy.BestFit,
        "bfd_split" => PackingStrategy.BestFitSplit,
        "wrapped" => PackingStrategy.Wrapped,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "packing strategy"),
    };

    public static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetInt32())];

    public static int[][] Lists(JsonElement lists) => [.. lists.EnumerateArray().Select(Ints)];

    /// <summary>Conversational rows need chat templates, a later part of the work: until then they are refused, by file, row and field.</summary>
    public static void AssertRefusesConversation(Action build)
    {
        InputException refusal = Assert.Throws<InputException>(build);

        Assert.Contains("rows.json, row 0 (line 1): field '", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("chat templates are not supported yet", refusal.Message, StringComparison.Ordinal);
    }

    private static readonly Dictionary<string, RowTokenizer> Loaded = [];
}
