using System.Text.Json;
using FastAlign.Core;
using FastAlign.IO.Datasets;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Datasets;

/// <summary>Preference preprocessing against TRL's, from raw rows: DPO, the rows of the training runs, and what KTO and reward models share with it.</summary>
[Trait("Category", Goldens.Category)]
public sealed class PreferenceDatasetGoldenTests
{
    public static TheoryData<int, string> DpoCases => GoldenRows.Cases("dpo.json", "tokenizer", "rows", "config");

    public static TheoryData<int, string> KtoCases => GoldenRows.Cases("kto.json", "tokenizer", "rows", "config");

    public static TheoryData<int, string> RewardCases => GoldenRows.Cases("reward.json", "tokenizer", "rows", "config");

    public static TheoryData<string> TrainingFiles
    {
        get
        {
            var files = new TheoryData<string>();
            foreach (string file in GoldenRows.TrainingDatasets().Where(file => !file.StartsWith("sft", StringComparison.Ordinal)))
            {
                files.Add(file);
            }

            return files;
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(TrainingFiles))]
    public void Tokenize_RowsOfTrainingRuns_GivesSameIds(string file)
    {
        JsonElement golden = GoldenRows.Read(Goldens.Path("training", "traj", file));
        DataRow[] rows = DataFile.Read(GoldenRows.DataPath(golden.GetProperty("file").GetString()!));
        RowTokenizer tokenizer = GoldenRows.Tokenizer("stories260k");

        foreach (JsonElement expected in golden.GetProperty("examples").EnumerateArray())
        {
            PreferenceText text = PreferenceText.From(rows[expected.GetProperty("row").GetInt32()]);
            TokenizedPair pair = tokenizer.Tokenize(text);

            Assert.Equal(expected.GetProperty("prompt_chars").GetInt32(), text.Prompt.EnumerateRunes().Count());
            Assert.Equal(GoldenRows.Ints(expected.GetProperty("prompt_ids")), pair.Prompt);
            Assert.Equal(GoldenRows.Ints(expected.GetProperty("chosen_ids")), pair.Chosen);
            Assert.Equal(GoldenRows.Ints(expected.GetProperty("rejected_ids")), pair.Rejected);
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(DpoCases))]
    public void Build_TrlDpoCase_GivesSameIds(int index, string label)
    {
        JsonElement golden = GoldenRows.Case("dpo.json", index);
        JsonElement settings = golden.GetProperty("defaults");
        DataRow[] rows = GoldenRows.Named(golden.GetProperty("rows").GetString()!);
        RowTokenizer tokenizer = GoldenRows.Tokenizer(golden.GetProperty("tokenizer").GetString()!);
        var options = new PreferenceOptions { MaxLength = GoldenRows.MaxLength(settings), Truncation = GoldenRows.Truncation(settings) };

        if (GoldenRows.IsConversational(rows[0]))
        {
            GoldenRows.AssertRefusesConversation(() => PreferenceDataset.Build(rows, tokenizer, options));
            return;
        }

        int length = options.MaxLength ?? int.MaxValue;
        TokenizedPair[] kept = [.. rows.Select(row => tokenizer.Tokenize(PreferenceText.From(row)))
            .Where(pair => options.Truncation == TruncationMode.KeepEnd || pair.Prompt.Length < length)];
        JsonElement output = golden.GetProperty("output");
        Assert.Equal(GoldenRows.Lists(output.GetProperty("prompt_ids")), kept.Select(pair => pair.Prompt));
        Assert.Equal(GoldenRows.Lists(output.GetProperty("chosen_ids")), kept.Select(pair => pair.Chosen));
        Assert.Equal(GoldenRows.Lists(output.GetProperty("rejected_ids")), kept.Select(pair => pair.Rejected));
        AssertBuilds(rows, tokenizer, options, [.. kept.Where(pair => pair.Prompt.Length > 0)], label);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(KtoCases))]
    public void Tokenize_TrlKtoCase_GivesSameIds(int index, string label)
    {
        JsonElement golden = GoldenRows.Case("kto.json", index);
        DataRow[] rows = GoldenRows.Named(golden.GetProperty("rows").GetString()!);
        RowTokenizer tokenizer = GoldenRows.Tokenizer(golden.GetProperty("tokenizer").GetString()!);
        if (GoldenRows.IsConversational(rows[0]))
        {
            GoldenRows.AssertRefusesConversation(() => ReadUnpaired(rows));
            return;
        }

        Assert.SkipWhen(golden.GetProperty("calculate_KL").GetBoolean(), $"{label}: the KL completions come with the KTO loss");
        TokenizedSft[] tokens = [.. ReadUnpaired(rows).Select(text => tokenizer.Tokenize(new SftText(text.Row, text.Prompt, text.Completion), isCompletionOnly: true))];
        int[] starts = [.. tokens.Select(row => row.Labels.AsSpan().IndexOfAnyExcept(SftExample.Ignored))];

        JsonElement output = golden.GetProperty("output");
        Assert.Equal(GoldenRows.Lists(output.GetProperty("prompt_ids")), tokens.Select((row, i) => row.Ids[..starts[i]]));
        Assert.Equal(GoldenRows.Lists(output.GetProperty("completion_ids")), tokens.Select((row, i) => row.Ids[starts[i]..]));
        Assert.Equal(output.GetProperty("label").EnumerateArray().Select(item => item.GetBoolean()), ReadUnpaired(rows).Select(text => text.IsDesirable));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(RewardCases))]
    public void Tokenize_TrlRewardCase_GivesSameIds(int index, string label)
    {
        JsonElement golden = GoldenRows.Case("reward.json", index);
        DataRow[] rows = GoldenRows.Named(golden.GetProperty("rows").GetString()!);
        RowTokenizer tokenizer = GoldenRows.Tokenizer(golden.GetProperty("tokenizer").GetString()!);
        if (GoldenRows.IsConversational(rows[0]))
        {
            GoldenRows.AssertRefusesConversation(() => PreferenceText.From(rows[0]));
            return;
        }

        Assert.SkipWhen(GoldenRows.MaxLength(golden.GetProperty("defaults")) is not null, $"{label}: the reward model's own length rule comes with its trainer");
        TokenizedPair[] pairs = [.. rows.Select(row => tokenizer.Tokenize(PreferenceText.From(row)))];

        JsonElement output = golden.GetProperty("output");
        Assert.Equal(GoldenRows.Lists(output.GetProperty("chosen_ids")), pairs.Select(pair => (int[])[.. pair.Prompt, .. pair.Chosen]));
        Assert.Equal(GoldenRows.Lists(output.GetProperty("rejected_ids")), pairs.Select(pair => (int[])[.. pair.Prompt, .. pair.Rejected]));
    }

    private static UnpairedText[] ReadUnpaired(DataRow[] rows) => rows[0].Has("label")
        ? [.. rows.Select(UnpairedText.From)]
        : UnpairedText.Unpair(rows.Select(PreferenceText.From).ToArray());

    /// <summary>The examples are the golden rows that have a prompt, each sequence cut to the length.</summary>
    private static void AssertBuilds(DataRow[] rows, RowTokenizer tokenizer, PreferenceOptions options, TokenizedPair[] kept, string label)
    {
        if (kept.Length == 0)
        {
            Assert.Throws<InputException>(() => PreferenceDataset.Build(rows, tokenizer, options));
            return;
        }

        PreferenceExample[] actual = PreferenceDataset.Build(rows, tokenizer, options).Examples;

        Assert.True(kept.Length == actual.Length, $"{label}: expected {kept.Length} examples, found {actual.Length}");
        for (int i = 0; i < kept.Length; i++)
        {
            int room = (options.MaxLength ?? int.MaxValue) - kept[i].Prompt.Length;
            Assert.Equal(kept[i].Row, actual[i].Row);
            Assert.Equal(kept[i].Prompt, actual[i].Prompt);
            Assert.Equal(kept[i].Chosen.Take(room), actual[i].Chosen);
            Assert.Equal(kept[i].Rejected.Take(room), actual[i].Rejected);
        }
    }
}
