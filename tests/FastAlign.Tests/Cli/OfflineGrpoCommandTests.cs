using System.Text.Json;
using Xunit;

namespace FastAlign.Tests.Cli;

/// <summary><c>fastalign offline-grpo</c> as a user runs it: on the pairs of the embedded sample, and on recorded rollouts.</summary>
public sealed class OfflineGrpoCommandTests
{
    [Theory]
    [InlineData("dapo")]
    [InlineData("grpo", "--kl-coef", "0.1", "--missing-eos-penalty", "1", "--reward-clip-range", "-1", "0.5")]
    [InlineData("sapo", "--sapo-temperature-pos", "2", "--sapo-temperature-neg", "3")]
    [InlineData("vespo", "--vespo-k-pos", "1", "--vespo-lambda-neg", "1")]
    [InlineData("clip_cov", "--clip-cov-ratio", "0.1", "--clip-cov-lb", "0", "--clip-cov-ub", "9")]
    [InlineData("kl_cov", "--kl-cov-ratio", "0.1", "--ppo-kl-coef", "0.5")]
    [InlineData("grpo", "--beta", "0.05", "--entropy-coef", "0.01")]
    [InlineData("ppo", "--top-entropy-quantile", "0.5")]
    [InlineData("rloo", "--advantage-estimator", "rloo", "--soft-punish-cache", "16", "--max-completion-length", "48")]
    public void Run_EmbeddedSample_StaysWithinThePlan(string loss, params string[] options)
    {
        using var tool = new ToolRun();

        (int exitCode, string output, string error) = ToolRun.Run([.. Arguments(tool, "run", 3, "--loss-type", loss), .. options, "--json"]);

        Assert.True(exitCode == 0, error);
        Assert.DoesNotContain("NaN", output, StringComparison.Ordinal);
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(tool.Path("run", "run.json")));
        JsonElement results = run.RootElement.GetProperty("results");
        Assert.Equal(results.GetProperty("planned_bytes").GetInt64(), results.GetProperty("peak_bytes").GetInt64());
    }

    /// <summary>The adaptive coefficient of the entropy bonus is part of a checkpoint, and several visits to each rollout are in the order of an undisturbed run.</summary>
    [Theory]
    [InlineData("dapo", "--num-iterations", "2")]
    [InlineData("grpo", "--entropy-target", "2", "--entropy-coef", "0.01", "--entropy-coef-delta", "0.002", "--entropy-coef-max", "0.05")]
    [InlineData("clip_cov", "--clip-cov-ratio", "0.2", "--clip-cov-lb", "-9", "--clip-cov-ub", "9")]
    public void Run_ResumedFromAnEarlierCheckpoint_EndsWithTheSameBits(string loss, params string[] options)
    {
        using var tool = new ToolRun();
        string[] arguments = [.. Arguments(tool, "run", 5, "--loss-type", loss), .. options, "--save-total-limit", "0"];
        (int exitCode, _, string error) = ToolRun.Run(arguments);
        Assert.True(exitCode == 0, error);
        (byte[] Weights, string Metrics) expected = tool.Result("run");
        Directory.Delete(tool.Path("run", "checkpoints", "step-5"), recursive: true);
        Directory.Delete(tool.Path("run", "checkpoints", "step-4"), recursive: true);
        Directory.Delete(tool.Path("run", "checkpoints", "step-3"), recursive: true);

        (exitCode, _, error) = ToolRun.Run([.. arguments, "--resume"]);

        Assert.True(exitCode == 0, error);
        Assert.Equal(expected.Metrics, tool.Result("run").Metrics);
        Assert.True(expected.Weights.AsSpan().SequenceEqual(tool.Result("run").Weights), "the weights differ");
    }

    [Fact]
    public void Run_ResumedWithOtherShaping_IsRefused()
    {
        using var tool = new ToolRun();
        Assert.Equal(0, ToolRun.Run(Arguments(tool, "run", 2)).ExitCode);

        (int exitCode, _, string error) = ToolRun.Run([.. Arguments(tool, "run", 2), "--resume", "--missing-eos-penalty", "1"]);

        Assert.Equal(2, exitCode);
        Assert.Contains("advantages", error, StringComparison.Ordinal);
    }

    /// <summary>Recorded ids, two rewards, weights, null rewards, old log-probs: everything a row may have.</summary>
    [Fact]
    public void Run_RecordedRollouts_UsesSeveralRewards()
    {
        using var tool = new ToolRun();
        IEnumerable<string> rows = Enumerable.Range(0, 6).Select(i =>
            $$"""{"prompt": "Once", "completions": [[{{300 + i}}, 2], [{{310 + i}}, {{320 + i}}, 2]], "rewards": [[1, null], [0, {{i}}]], "old_logps": [[-1, -0.5], [-1, -2, -0.5]]}""");
        File.WriteAllLines(tool.Path("rows.jsonl"), rows);
        string[] arguments =
        [
            "offline-grpo", "--model", Path.Combine(AppContext.BaseDirectory, "samples", "stories260k"), "--dataset", tool.Path("rows.jsonl"), "--output", tool.Path("run"),
            "--reward-weights", "1,0.5", "--kl-coef", "0.1", "--kl-penalty", "k3", "--eval-size", "0", "--max-steps", "2", "--threads", "1",
        ];

        (int exitCode, _, string error) = ToolRun.Run(arguments);

        Assert.True(exitCode == 0, error);
        Assert.Contains("clip_ratio", File.ReadAllText(tool.Path("run", "metrics.jsonl")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--sapo-temperature-pos", "0", "sapo_temperature_pos")]
    [InlineData("--vespo-k-neg", "-1", "vespo_k_neg")]
    [InlineData("--clip-cov-lb", "7", "clip_cov_lb")]
    [InlineData("--ppo-kl-coef", "-1", "ppo_kl_coef")]
    [InlineData("--entropy-coef", "x", "entropy_coef")]
    [InlineData("--reward-clip-range", "1", "reward_clip_range")]
    [InlineData("--kl-coef", "-1", "kl_coef")]
    [InlineData("--kl-penalty", "k9", "kl_penalty")]
    [InlineData("--soft-punish-cache", "999", "soft_punish_cache")]
    [InlineData("--reward-weights", "1,2", "reward_weights")]
    [InlineData("--loss-type", "reinforce", "loss_type")]
    public void Run_BadOption_IsNamed(string option, string value, string expected)
    {
        using var tool = new ToolRun();

        (int exitCode, _, string error) = ToolRun.Run(Arguments(tool, "run", 1, option, value));

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"prompt": "a", "completions": [" b"], "rewards": [1, 2]}""", "'rewards'")]
    [InlineData("""{"prompt": "a", "completions": [[5, 2]], "rewards": [1], "old_logps": [[-1]]}""", "'old_logps'")]
    [InlineData("""{"prompt": "a", "completions": [" b"]}""", "rewards")]
    public void Run_BadRow_NamesFileAndRow(string row, string expected)
    {
        using var tool = new ToolRun();
        File.WriteAllText(tool.Path("rows.jsonl"), row + "\n");

        (int exitCode, _, string error) = ToolRun.Run(
            "offline-grpo", "--model", Path.Combine(AppContext.BaseDirectory, "samples", "stories260k"), "--dataset", tool.Path("rows.jsonl"), "--output", tool.Path("run"), "--eval-size", "0");

        Assert.Equal(2, exitCode);
        Assert.Contains("rows.jsonl, row 0", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    /// <summary>Rollouts are never cut, so sequences must fit.</summary>
    private static string[] Arguments(ToolRun tool, string name, int steps, params string[] more) =>
    [
        "offline-grpo", "--output", tool.Path(name), "--max-samples", "16", "--max-length", "384", "--per-device-train-batch-size", "2", "--max-steps", $"{steps}", "--eval-size", "4",
        "--eval-steps", "5", "--save-steps", "1", "--threads", "1", .. more,
    ];
}
