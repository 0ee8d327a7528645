using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>TRL's reward functions of text and length.</summary>
public sealed class RewardFunctionGoldenTests
{
    private static readonly Dictionary<string, Func<JsonElement, double[]>> Functions = new()
    {
        ["think_format_reward"] = o => [.. Texts(o, "completions").Select(text => FormatRewards.Think(text))],
        ["soft_overlong"] = o => [.. Whole(o, "lengths").Select(length => LengthRewards.SoftOverlong(length, One(o, "max_completion_len"), One(o, "soft_punish_cache")))],
        ["repetition"] = o => [.. o.GetProperty("completion_ids").EnumerateArray().Select(ids => RepetitionReward.Of([.. ids.EnumerateArray().Select(id => id.GetInt32())], One(o, "ngram_size"), o.Number("max_penalty", 0)))],
        ["cosine"] = Cosine,
        ["reasoning_accuracy_reward"] = o =>
            [.. Texts(o, "completions").Zip(Texts(o, "solution"), (text, solution) => AnswerRewards.AfterReasoning(text, Texts(o, "reasoning_delimiters"), answer => AnswerRewards.BoxedEquals(answer, solution)))],
    };

    public static IEnumerable<TheoryDataRow<string>> Cases() => !File.Exists(Goldens.Path("losses", "rewards.json")) ? [] :
        GoldenJson.Load("losses", "rewards.json").GetProperty("cases").EnumerateArray().Select(entry => entry.GetProperty("name").GetString()!)
            .Select(name => new TheoryDataRow<string>(name) { Skip = name.StartsWith("accuracy_reward", StringComparison.Ordinal) ? $"{name}: needs math-verify's symbolic comparison" : null });

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    [Trait("Category", Goldens.Category)]
    public void Reward_TrlCase_MatchesTrl(string name)
    {
        JsonElement golden = GoldenJson.Load("losses", "rewards.json").GetProperty("cases").Named(name);
        string function = name.Split('/')[0];
        Assert.True(Functions.ContainsKey(function), $"{name}: no test for {function}");

        double[] actual = Functions[function](golden.GetProperty("options"));

        double[] expected = golden.GetProperty("expected").GetProperty("rewards").Numbers();
        Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) <= 1e-9);
    }

    [Fact]
    public void Boxed_NestedBraces_GivesTheWholeOfTheLastOne()
    {
        Assert.Equal("\\frac{1}{3}", AnswerRewards.Boxed("\\boxed{2} or \\boxed{\\frac{1}{3}}."));
        Assert.Null(AnswerRewards.Boxed("\\boxed{1"));
        Assert.Null(AnswerRewards.Boxed("4"));
    }

    [Fact]
    public void Options_OutOfRange_NameTheOption()
    {
        Assert.StartsWith("ngram_size", Assert.Throws<InputException>(() => RepetitionReward.Of([1], 0, -1)).Message, StringComparison.Ordinal);
        Assert.StartsWith("max_penalty", Assert.Throws<InputException>(() => RepetitionReward.Of([1], 1, 0.5)).Message, StringComparison.Ordinal);
        Assert.StartsWith("soft_punish_cache", Assert.Throws<InputException>(() => LengthRewards.SoftOverlong(1, 10, 11)).Message, StringComparison.Ordinal);
    }

    private static double[] Cosine(JsonElement options)
    {
        var scale = new CosineScale(
            One(options, "max_len"), options.Number("min_value_wrong", -1), options.Number("max_value_wrong", -0.5), options.Number("min_value_correct", 0.5), options.Number("max_value_correct", 1));
        bool isCorrect = options.GetProperty("correct").GetBoolean();
        return [.. Whole(options, "lengths").Select(length => LengthRewards.Cosine(isCorrect, length, scale))];
    }

    private static int One(JsonElement options, string name) => options.GetProperty(name).GetInt32();

    private static int[] Whole(JsonElement options, string name) => [.. options.GetProperty(name).EnumerateArray().Select(item => item.GetInt32())];

    private static string[] Texts(JsonElement options, string name) => [.. options.GetProperty(name).EnumerateArray().Select(item => item.GetString()!)];
}
