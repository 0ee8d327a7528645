using System.Text.Json;
using FastAlign.Core;
using FastAlign.IO.Datasets;
using FastAlign.Models;

namespace FastAlign.Tests.Datasets;

/// <summary>Reasoning steps as TRL's PRMTrainer prepares them, and rows that are none.</summary>
public sealed class StepDatasetTests
{
    private static readonly JsonElement Golden = GoldenJson.Load("losses", "prm.json");

    public static TheoryData<string> Cases() =>
        [.. Golden.GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("options").TryGetProperty("features", out _)).Select(c => c.GetProperty("name").GetString()!)];

    [Theory, MemberData(nameof(Cases)), Trait("Category", Goldens.Category)]
    public void Tokens_Case_MatchesTrl(string name)
    {
        JsonElement entry = Golden.GetProperty("cases").Named(name);
        JsonElement options = entry.GetProperty("options");
        options.RequireOnly("features", "tokenizer", "bos_token_id", "step_separator", "max_length", "max_completion_length", "train_on_last_step_only", "is_eval");
        Assert.Equal("one id per character (Unicode code point)", options.GetProperty("tokenizer").GetString());
        JsonElement features = options.GetProperty("features");
        int? Length(string key) => options.GetProperty(key) is { ValueKind: JsonValueKind.Number } value ? value.GetInt32() : null;

        StepExample example = StepDataset.Tokens(
            0,
            Characters(features.GetProperty("prompt")),
            [.. features.GetProperty("completions").EnumerateArray().Select(Characters)],
            [.. features.GetProperty("labels").EnumerateArray().Select(label => label.GetBoolean() ? 1 : 0)],
            Characters(options.GetProperty("step_separator")),
            Length("bos_token_id"),
            new StepOptions
            {
                MaxLength = Length("max_length"),
                MaxCompletionLength = Length("max_completion_length"),
                IsLastStepOnly = options.GetProperty("train_on_last_step_only").GetBoolean() && !options.GetProperty("is_eval").GetBoolean(),
            });

        JsonElement expected = entry.GetProperty("expected");
        Assert.Equal(expected.GetProperty("input_ids").Numbers(), example.Ids.Select(id => (double)id));
        Assert.Equal(expected.GetProperty("labels").Numbers(), example.Labels.Select(label => (double)label));
    }

    [Theory]
    [InlineData("{\"prompt\":\"p\",\"completions\":[\"a\"],\"labels\":[true,false]}", "found 1 steps and 2 labels")]
    [InlineData("{\"prompt\":\"p\",\"completions\":[\"a\"],\"labels\":[0.5]}", "field 'labels'")]
    [InlineData("{\"prompt\":\"p\",\"completions\":[7],\"labels\":[1]}", "field 'completions'")]
    [InlineData("{\"prompt\":\"p\",\"completions\":\"a\",\"labels\":[1]}", "expected a list")]
    public void Build_BadRow_NamesFieldAndRow(string row, string message)
    {
        DataRow[] rows = GoldenRows.Parse(row);

        InputException error = Assert.Throws<InputException>(() => StepDataset.Build(rows, GoldenRows.Tokenizer("stories260k").Tokenizer, new StepOptions()));

        Assert.StartsWith("rows.json, row 0", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static int[] Characters(JsonElement text) => [.. text.GetString()!.EnumerateRunes().Select(rune => rune.Value)];
}
