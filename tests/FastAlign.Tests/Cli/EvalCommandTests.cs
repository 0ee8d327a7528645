using System.Text;
using System.Text.Json;
using Xunit;

namespace FastAlign.Tests.Cli;

/// <summary><c>fastalign eval</c> on completions with labels or rewards and on lists with scores; pairs are covered by the commands that train on them.</summary>
public sealed class EvalCommandTests
{
    /// <summary>Likely text is desirable here and noise is not, so a language model without a reference must tell them apart.</summary>
    private static readonly string[] Stories = ["Once upon a time there was a little girl.", "The dog ran to the park.", "Tom was happy and said yes.", "They went home to play."];

    private static readonly string[] Noise = ["zq xv qj kk wv zx q.", "vvv jq xz zzq kq wx.", "xkcd qwz jjv zxq vq.", "qqq zzx vkj wq xz jq."];

    [Theory]
    [InlineData("label")]
    [InlineData("reward")]
    public void Eval_JudgedCompletions_TellsLikelyFromUnlikely(string field)
    {
        using var tool = new ToolRun();
        var rows = new StringBuilder();
        for (int i = 0; i < Stories.Length; i++)
        {
            rows.AppendLine(Row(Stories[i], field == "label" ? "true" : $"{1 + i}"));
            rows.AppendLine(Row(Noise[i], field == "label" ? "false" : $"{-1 - i}"));
        }

        File.WriteAllText(tool.Path("rows.jsonl"), rows.ToString());

        (int exitCode, string output, string error) = ToolRun.Run("eval", "--dataset", tool.Path("rows.jsonl"), "--per-token", tool.Path("tokens.jsonl"), "--json");

        Assert.True(exitCode == 0, error);
        using JsonDocument result = JsonDocument.Parse(output);
        Assert.Equal(1, Mean(result, "rewards/auc"));
        Assert.Equal(field == "reward", result.RootElement.TryGetProperty("reward_correlation/pearson", out _));
        Assert.True(field == "label" || Mean(result, "reward_correlation/spearman") > 0.5, output);
        Assert.False(result.RootElement.TryGetProperty("loss", out _));
        Assert.Equal(8, File.ReadLines(tool.Path("tokens.jsonl")).Count());

        string Row(string completion, string value) => $$"""{"prompt": "Story:", "completion": " {{completion}}", "{{field}}": {{value}}}""";
    }

    [Fact]
    public void Eval_OwnReference_GivesTheLossOfStepZero()
    {
        using var tool = new ToolRun();
        File.WriteAllText(tool.Path("rows.jsonl"), """{"prompt": "a", "completion": "b", "label": true}""" + "\n" + """{"prompt": "a", "completion": "c", "label": false}""" + "\n");
        string model = Path.Combine(AppContext.BaseDirectory, "samples", "stories260k");

        (int exitCode, string output, string error) = ToolRun.Run("eval", "--dataset", tool.Path("rows.jsonl"), "--reference", model, "--json");

        Assert.True(exitCode == 0, error);
        using JsonDocument result = JsonDocument.Parse(output);
        Assert.Equal(0.5, Mean(result, "loss"), 1e-12);
        Assert.Equal(0.5, Mean(result, "rewards/auc"));
    }

    [Fact]
    public void Eval_Lists_OrdersThem()
    {
        using var tool = new ToolRun();
        IEnumerable<string> rows = Enumerable.Range(0, 4).Select(i =>
            $$"""{"prompt": "Story:", "completions": [" {{Noise[i]}}", " {{Stories[i]}}"], "scores": [{{i}}, {{i + 2}}]}""");
        File.WriteAllLines(tool.Path("rows.jsonl"), [.. rows, """{"prompt": "a", "completions": [" b", " c"], "scores": [1, 1]}"""]);

        (int exitCode, string output, string error) = ToolRun.Run("eval", "--dataset", tool.Path("rows.jsonl"), "--json");

        Assert.True(exitCode == 0, error);
        using JsonDocument result = JsonDocument.Parse(output);
        foreach (string figure in (string[])["ranking/accuracy", "ranking/ndcg", "ranking/kendall_tau"])
        {
            Assert.Equal(1, Mean(result, figure), 1e-12);
            Assert.Equal(4, result.RootElement.GetProperty(figure).GetProperty("count").GetInt32());
        }
    }

    [Fact]
    public void Eval_RewardModelOnListsInAnyOrder_GivesTheSameFigures()
    {
        using var tool = new ToolRun();
        (int exitCode, _, string error) = ToolRun.Run(
            "reward", "--output", tool.Path("run"), "--max-samples", "24", "--max-steps", "3", "--eval-size", "4", "--threads", "1");
        Assert.True(exitCode == 0, error);
        string Lists(string name, bool isTurned)
        {
            IEnumerable<string> rows = Enumerable.Range(0, 4).Select(i => isTurned
                ? $$"""{"prompt": "Story:", "completions": [" {{Noise[i]}}", " {{Stories[3 - i]}}", " {{Stories[i]}}"], "scores": [0, {{i}}.5, 9]}"""
                : $$"""{"prompt": "Story:", "completions": [" {{Stories[i]}}", " {{Stories[3 - i]}}", " {{Noise[i]}}"], "scores": [9, {{i}}.5, 0]}""");
            File.WriteAllLines(tool.Path(name), rows);
            (int code, string output, string message) = ToolRun.Run("eval", "--model", tool.Path("run", "model"), "--dataset", tool.Path(name), "--json");
            Assert.True(code == 0, message);
            return output.Replace(name, "", StringComparison.Ordinal);
        }

        string straight = Lists("straight.jsonl", false);

        Assert.Equal(straight, Lists("turned.jsonl", true));
        Assert.Contains("ranking/ndcg", straight, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"prompt": "a", "completions": [" b", " c"], "scores": [1]}""", "expected 2 numbers")]
    [InlineData("""{"prompt": "a", "completions": [" b", " c"]}""", "'scores'")]
    [InlineData("""{"prompt": "a", "completion": " b", "label": "yes"}""", "label")]
    public void Eval_BadRow_IsNamed(string row, string expected)
    {
        using var tool = new ToolRun();
        File.WriteAllText(tool.Path("rows.jsonl"), row + "\n");

        (int exitCode, _, string error) = ToolRun.Run("eval", "--dataset", tool.Path("rows.jsonl"));

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Contains("rows.jsonl, row 0", error, StringComparison.Ordinal);
    }

    private static double Mean(JsonDocument result, string figure) => result.RootElement.GetProperty(figure).GetProperty("mean").GetDouble();
}
