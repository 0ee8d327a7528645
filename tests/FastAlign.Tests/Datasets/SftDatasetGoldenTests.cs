using System.Text.Json;
using FastAlign.Core;
using FastAlign.IO.Datasets;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Datasets;

/// <summary>SFT preprocessing against TRL's, from raw rows: every case of sft.json and every SFT run of the training goldens.</summary>
[Trait("Category", Goldens.Category)]
public sealed class SftDatasetGoldenTests
{
    private const string StoryEnd = "<|endoftext|>";

    public static TheoryData<int, string> Cases => GoldenRows.Cases("sft.json", "tokenizer", "rows", "config");

    public static TheoryData<string> Runs
    {
        get
        {
            var runs = new TheoryData<string>();
            foreach (string file in GoldenRows.TrainingDatasets().Where(file => file.StartsWith("sft", StringComparison.Ordinal)))
            {
                runs.Add(file[..^".dataset.json".Length]);
            }

            return runs;
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Build_TrlCase_GivesSameExamples(int index, string label)
    {
        JsonElement golden = GoldenRows.Case("sft.json", index);
        JsonElement settings = golden.GetProperty("defaults");
        DataRow[] rows = GoldenRows.Named(golden.GetProperty("rows").GetString()!);
        RowTokenizer tokenizer = GoldenRows.Tokenizer(golden.GetProperty("tokenizer").GetString()!);
        var options = new SftOptions
        {
            MaxLength = GoldenRows.MaxLength(settings),
            Truncation = GoldenRows.Truncation(settings),
            Packing = GoldenRows.Packing(settings),
            IsCompletionOnly = golden.GetProperty("completion_only_loss").GetBoolean(),
            TextField = settings.GetProperty("dataset_text_field").GetString()!,
        };

        if (GoldenRows.IsConversational(rows[0]))
        {
            GoldenRows.AssertRefusesConversation(() => SftDataset.Build(rows, tokenizer, options));
        }
        else
        {
            AssertSame(golden.GetProperty("output"), rows, tokenizer, options, label);
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Runs))]
    public void Build_RowsOfTrainingRun_GivesSameExamples(string run)
    {
        JsonElement description = GoldenRows.Read(Goldens.Path("training", "traj", run + ".json"));
        JsonElement golden = GoldenRows.Read(Goldens.Path("training", "traj", run + ".dataset.json")).GetProperty("examples");

        SftExample[] actual = Build(description);

        Assert.Equal(golden.GetArrayLength(), actual.Length);
        for (int i = 0; i < actual.Length; i++)
        {
            bool hasLengths = golden[i].TryGetProperty("seq_lengths", out JsonElement lengths);
            AssertSame(
                GoldenRows.Ints(golden[i].GetProperty("input_ids")), GoldenRows.Ints(golden[i].GetProperty("labels")),
                hasLengths ? GoldenRows.Ints(lengths) : [], actual[i]);
        }
    }

    /// <summary>The examples of a training run, from its raw file and settings.</summary>
    internal static SftExample[] Build(JsonElement description)
    {
        JsonElement settings = description.GetProperty("method_arguments");
        var options = new SftOptions
        {
            MaxLength = GoldenRows.MaxLength(settings),
            Truncation = GoldenRows.Truncation(settings),
            Packing = GoldenRows.Packing(settings),
            IsCompletionOnly = settings.TryGetProperty("completion_only_loss", out JsonElement only) ? only.GetBoolean() : null,
        };
        return SftDataset.Build(RowsOf(description.GetProperty("data")), GoldenRows.Tokenizer("stories260k"), options).Examples;
    }

    private static void AssertSame(JsonElement output, DataRow[] rows, RowTokenizer tokenizer, SftOptions options, string label)
    {
        int[][] ids = GoldenRows.Lists(output.GetProperty("input_ids"));
        int[][] labels = GoldenRows.Lists(output.GetProperty("labels"));
        int[][] lengths = output.TryGetProperty("seq_lengths", out JsonElement listed) ? GoldenRows.Lists(listed) : [.. ids.Select(_ => Array.Empty<int>())];
        if (ids.Length == 0)
        {
            Assert.Throws<InputException>(() => SftDataset.Build(rows, tokenizer, options));
            return;
        }

        SftExample[] actual = SftDataset.Build(rows, tokenizer, options).Examples;

        Assert.True(ids.Length == actual.Length, $"{label}: expected {ids.Length} examples, found {actual.Length}");
        for (int i = 0; i < ids.Length; i++)
        {
            AssertSame(ids[i], labels[i], lengths[i], actual[i]);
        }
    }

    /// <summary>The goldens are taken before the collator, which takes the first token of each document out of the loss.</summary>
    private static void AssertSame(int[] ids, int[] labels, int[] lengths, SftExample actual)
    {
        labels[0] = SftExample.Ignored;
        int start = 0;
        foreach (int length in lengths)
        {
            labels[start] = SftExample.Ignored;
            start += length;
        }

        Assert.Equal(ids, actual.Ids);
        Assert.Equal(labels, actual.Labels);
        Assert.Equal(lengths.Length > 1 ? lengths : [], actual.DocumentLengths);
    }

    /// <summary>The rows of a run, made from its raw file as its description says.</summary>
    private static DataRow[] RowsOf(JsonElement data)
    {
        string file = data.GetProperty("file").GetString()!;
        string path = GoldenRows.DataPath(file);
        IEnumerable<object> rows = data.TryGetProperty("rows", out JsonElement picked)
            ? PromptCompletions(path, GoldenRows.Ints(picked))
            : Texts(path, data).Select(text => new { text });
        return GoldenRows.Parse(JsonSerializer.Serialize(rows));
    }

    private static IEnumerable<object> PromptCompletions(string path, int[] picked)
    {
        DataRow[] all = DataFile.Read(path);
        foreach (int index in picked)
        {
            string input = all[index].Text("input");
            yield return new
            {
                prompt = all[index].Text("instruction") + (input.Length > 0 ? "\n" + input : "") + "\n",
                completion = all[index].Text("chosen"),
            };
        }
    }

    // As the generator: the tail of a long file without story marks, whole stories and lines with their own least lengths.
    private static IEnumerable<string> Texts(string path, JsonElement data)
    {
        string text = File.ReadAllText(path);
        bool hasMarks = text.Contains(StoryEnd, StringComparison.Ordinal);
        text = hasMarks ? text : text[^6000..];
        int count = data.GetProperty("count").GetInt32();
        string[] lines = [.. text.Split('\n').Select(line => line.Trim())];
        if (data.TryGetProperty("row_lines", out JsonElement picked))
        {
            return GoldenRows.Ints(picked).Select(line => lines[line]);
        }

        string[] stories = [.. text.Split(hasMarks ? StoryEnd : "\n\n").Select(story => story.Trim()).Where(story => story.Length > (hasMarks ? 0 : 20))];
        IEnumerable<string> kept = lines.Where(line => hasMarks ? line.Length > 0 && line != StoryEnd : line.Length > 12);
        return stories.Concat(kept.Take(count - stories.Length));
    }
}
