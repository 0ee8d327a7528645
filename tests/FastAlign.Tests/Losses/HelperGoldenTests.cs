using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.IO.Datasets;
using FastAlign.Kernels;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>TRL's helper functions. A case is found by what its name begins with; one that no test knows fails.</summary>
[Trait("Category", Goldens.Category)]
public sealed class HelperGoldenTests
{
    private static readonly Dictionary<string, Action<JsonElement, JsonElement>> Functions = new()
    {
        ["pad"] = Pad,
        ["flush_left"] = FlushLeft,
        ["truncate_right"] = TruncateRight,
        ["first_true_indices"] = (o, e) => Assert.Equal(Integers(e.GetProperty("indices")), o.GetProperty("bools").EnumerateArray().Select(row => PaddedRows.FirstTrue([.. row.EnumerateArray().Select(b => b.GetBoolean())], b => b))),
        ["pad_to_length"] = (o, e) => Assert.Equal(
            Rows(e.GetProperty("output")),
            Rows(o.GetProperty("tensor")).Select(row => PaddedRows.ToWidth(row, o.GetProperty("length").GetInt32(), o.GetProperty("pad_value").GetInt32()))),
        ["nan_statistics"] = NanStatisticsOf,
        ["entropy_and_logp"] = EntropyAndLogProb,
        ["log1mexp"] = (o, e) => Close(e.GetProperty("y").Numbers(), [.. o.GetProperty("x").Numbers().Select(x => StableForms.Log1mExp(new ScalarDouble(x)).Value)]),
        ["kto_kl_rotation"] = Rotation,
        ["kto_collator"] = KtoCollator,
        ["dpo_collator"] = DpoCollator,
        ["repeat_sampler"] = RepeatSampler,
    };

    public static IEnumerable<TheoryDataRow<string>> Cases() => !File.Exists(Goldens.Path("losses", "helpers.json")) ? [] :
        GoldenJson.Load("losses", "helpers.json").GetProperty("cases").EnumerateArray().Select(entry => new TheoryDataRow<string>(entry.GetProperty("name").GetString()!));

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Helper_TrlCase_MatchesTrl(string name)
    {
        JsonElement golden = GoldenJson.Load("losses", "helpers.json").GetProperty("cases").Named(name);
        string function = name.Split('/')[0];
        Assert.True(Functions.ContainsKey(function), $"{name}: no test for {function}");

        Functions[function](golden.GetProperty("options"), golden.GetProperty("expected"));
    }

    private static void Pad(JsonElement options, JsonElement expected)
    {
        JsonElement multiple = options.GetProperty("pad_to_multiple_of");
        string side = options.GetProperty("padding_side").GetString()!;
        Assert.Contains(side, new[] { "left", "right" });

        int[][] actual = PaddedRows.Pad(
            Rows(options.GetProperty("rows")), options.GetProperty("padding_value").GetInt32(), side == "left", multiple.ValueKind == JsonValueKind.Null ? 1 : multiple.GetInt32());

        Assert.Equal(Rows(expected.GetProperty("output")), actual);
    }

    private static void FlushLeft(JsonElement options, JsonElement expected)
    {
        (int[][] mask, int[][] rows) = PaddedRows.FlushLeft(Rows(options.GetProperty("mask")), Rows(options.GetProperty("tensor")));

        Assert.Equal(Rows(expected.GetProperty("mask")), mask);
        Assert.Equal(Rows(expected.GetProperty("tensor")), rows);
    }

    private static void TruncateRight(JsonElement options, JsonElement expected)
    {
        (int[][] rows, int[][] mask) = PaddedRows.TruncateRight(
            Rows(options.GetProperty("input_ids")), Integers(options.GetProperty("stop_token_ids")), options.GetProperty("pad_token_id").GetInt32());

        Assert.Equal(Rows(expected.GetProperty("output_ids")), rows);
        Assert.Equal(Rows(expected.GetProperty("mask")), mask);
    }

    private static void NanStatisticsOf(JsonElement options, JsonElement expected)
    {
        double[][] rows = PairBatch.Ragged(options.GetProperty("values"));

        Close([expected.GetProperty("nanstd").Number()], [NanStatistics.Deviation([.. rows.SelectMany(row => row)])]);
        Close(expected.GetProperty("nanstd_dim1").Numbers(), [.. rows.Select(row => NanStatistics.Deviation(row))]);
        Close([expected.GetProperty("nanmin_row0").Number()], [NanStatistics.Min(rows[0])]);
        Close([expected.GetProperty("nanmax_row0").Number()], [NanStatistics.Max(rows[0])]);
    }

    private static void EntropyAndLogProb(JsonElement options, JsonElement expected)
    {
        double[][] rows = PairBatch.Ragged(options.GetProperty("logits"));
        int[] index = Integers(options.GetProperty("index"));

        Close(expected.GetProperty("entropy").Numbers(), [.. rows.Select(row => LogitRow.Entropy(row))]);
        Close(expected.GetProperty("logp").Numbers(), [.. rows.Select((row, i) => LogitRow.LogProb(row, index[i]))]);
    }

    private static void Rotation(JsonElement options, JsonElement expected)
    {
        int[][] completions = Rows(options.GetProperty("completion_ids"));

        int[] partners = MismatchedPairing.Previous(completions.Length, options.GetProperty("batch_size").GetInt32());

        Assert.Equal(Rows(expected.GetProperty("KL_completion_ids")), partners.Select(partner => completions[partner]));
    }

    private static void KtoCollator(JsonElement options, JsonElement expected)
    {
        JsonElement[] examples = [.. options.GetProperty("examples").EnumerateArray()];
        Assert.Equal(expected.GetProperty("label").EnumerateArray().Select(l => l.GetBoolean()), examples.Select(e => e.GetProperty("label").GetBoolean()));
        AssertRows(options, expected, "", [.. examples.Select(e => (Integers(e.GetProperty("prompt_ids")), Integers(e.GetProperty("completion_ids"))))], TruncationMode.KeepStart);
        AssertRows(options, expected, "KL_", [.. examples.Select(e => (Integers(e.GetProperty("prompt_ids")), Integers(e.GetProperty("KL_completion_ids"))))], TruncationMode.KeepStart);
    }

    private static void DpoCollator(JsonElement options, JsonElement expected)
    {
        JsonElement[] examples = [.. options.GetProperty("examples").EnumerateArray()];
        TruncationMode mode = options.GetProperty("truncation_mode").GetString() switch
        {
            "keep_start" => TruncationMode.KeepStart,
            "keep_end" => TruncationMode.KeepEnd,
            string other => throw new InvalidOperationException($"unknown truncation_mode {other}"),
            null => throw new InvalidOperationException("no truncation_mode"),
        };
        (int[], int[])[] Side(string name) => [.. examples.Select(e => (Integers(e.GetProperty("prompt_ids")), Integers(e.GetProperty(name))))];

        AssertRows(options, expected, "", [.. Side("chosen_ids"), .. Side("rejected_ids")], mode);
    }

    /// <summary>What is left of prompt and completion, against the padded rows and masks of the collator.</summary>
    private static void AssertRows(JsonElement options, JsonElement expected, string prefix, (int[] Prompt, int[] Completion)[] rows, TruncationMode mode)
    {
        JsonElement limit = options.GetProperty("max_length");
        (int[] Prompt, int[] Completion)[] cut =
            [.. rows.Select(row => UnpairedDataset.Cut(row.Prompt, row.Completion, limit.ValueKind == JsonValueKind.Null ? null : limit.GetInt32(), mode))];
        int[][] Padded(Func<(int[] Prompt, int[] Completion), IEnumerable<int>> part, int padding) => PaddedRows.Pad([.. cut.Select(row => part(row).ToArray())], padding);

        Assert.Equal(Rows(expected.GetProperty(prefix + "input_ids")), Padded(row => row.Prompt.Concat(row.Completion), options.GetProperty("pad_token_id").GetInt32()));
        Assert.Equal(Rows(expected.GetProperty(prefix + "attention_mask")), Padded(row => row.Prompt.Concat(row.Completion).Select(_ => 1), 0));
        Assert.Equal(Rows(expected.GetProperty(prefix + "completion_mask")), Padded(row => row.Prompt.Select(_ => 0).Concat(row.Completion.Select(_ => 1)), 0));
    }

    private static void RepeatSampler(JsonElement options, JsonElement expected)
    {
        options.RequireOnly("n", "mini_repeat_count", "batch_size", "repeat_count", "shuffle");
        Assert.False(options.GetProperty("shuffle").GetBoolean());

        IEnumerable<int> order = RepeatedOrder.Of(
            [.. Enumerable.Range(0, options.GetProperty("n").GetInt32())],
            options.GetProperty("mini_repeat_count").GetInt32(), options.GetProperty("batch_size").GetInt32(), options.GetProperty("repeat_count").GetInt32());

        Assert.Equal(Integers(expected.GetProperty("indices")), order);
    }

    private static void Close(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.True(
            (double.IsNaN(pair.First) && double.IsNaN(pair.Second)) || Math.Abs(pair.First - pair.Second) <= 1e-9 * Math.Max(1, Math.Abs(pair.First)),
            $"expected {pair.First:R}, got {pair.Second:R}"));
    }

    private static int[] Integers(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetInt32())];

    private static int[][] Rows(JsonElement rows) => [.. rows.EnumerateArray().Select(Integers)];
}
