using System.Text.Json;

namespace FastAlign.Tests.Cli;

/// <summary>Reward models as a user meets them: trained, saved as transformers' classifiers, evaluated, refused.</summary>
public sealed class RewardCommandTests
{
    private const string Steps = "{\"prompt\":\"Once \",\"completions\":[\"upon a time\",\"there was a cat\"],\"labels\":[true,false]}\n";

    [Theory]
    [InlineData("bradley_terry", "accuracy")]
    [InlineData("odin", "length_correlation/quality")]
    [InlineData("goal_contrast", "goal_contrast")]
    public void Reward_ShortRun_SavesASequenceClassifierThatEvalReads(string loss, string metric)
    {
        using var tool = new ToolRun();

        (int exitCode, string output, string error) = ToolRun.Run([.. Arguments(tool, "run"), "--loss_type", loss, "--contrast_samples", "2", "--json"]);

        Assert.True(exitCode == 0, error);
        Assert.Contains(metric, File.ReadAllText(tool.Path("run", "metrics.jsonl")), StringComparison.Ordinal);
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(tool.Path("run", "run.json")));
        JsonElement results = run.RootElement.GetProperty("results");
        Assert.Equal(results.GetProperty("planned_bytes").GetInt64(), results.GetProperty("peak_bytes").GetInt64());
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(tool.Path("run", "model", "config.json")));
        Assert.Equal("LlamaForSequenceClassification", config.RootElement.GetProperty("architectures")[0].GetString());
        Assert.Equal(1, config.RootElement.GetProperty("num_labels").GetInt32());

        (exitCode, output, error) = ToolRun.Run("eval", "--model", tool.Path("run", "model"), "--max-samples", "8", "--json");

        Assert.True(exitCode == 0, error);
        using JsonDocument figures = JsonDocument.Parse(output);
        foreach (string figure in (string[])["accuracy", "margin", "ece", "length_correlation/pearson", "length_correlation/spearman"])
        {
            Assert.Equal(8, figures.RootElement.GetProperty(figure).GetProperty("count").GetInt32());
        }
    }

    [Fact]
    public void Reward_Resumed_HasTheBitsOfAnUndisturbedRun()
    {
        using var tool = new ToolRun();
        Assert.Equal(0, ToolRun.Run(Arguments(tool, "whole")).ExitCode);
        Assert.Equal(0, ToolRun.Run(Arguments(tool, "cut")).ExitCode);
        Directory.Delete(tool.Path("cut", "model"), recursive: true);
        Directory.Delete(tool.Path("cut", "checkpoints", "step-4"), recursive: true);

        (int exitCode, _, string error) = ToolRun.Run([.. Arguments(tool, "cut"), "--resume"]);

        Assert.True(exitCode == 0, error);
        Assert.Equal(tool.Result("whole").Weights, tool.Result("cut").Weights);
    }

    [Fact]
    public void Prm_ShortRun_SavesATokenClassifierThatEvalReads()
    {
        using var tool = new ToolRun();
        File.WriteAllText(tool.Path("steps.jsonl"), string.Concat(Enumerable.Repeat(Steps, 8)));

        (int exitCode, _, string error) = ToolRun.Run(
            "prm", "--model", Goldens.DataPath("stories260k", "hf"), "--dataset", tool.Path("steps.jsonl"), "--output", tool.Path("run"), "--max-steps", "2", "--threads", "1");

        Assert.True(exitCode == 0, error);
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(tool.Path("run", "model", "config.json")));
        Assert.Equal("LlamaForTokenClassification", config.RootElement.GetProperty("architectures")[0].GetString());
        (exitCode, string output, error) = ToolRun.Run("eval", "--model", tool.Path("run", "model"), "--dataset", tool.Path("steps.jsonl"), "--json");
        Assert.True(exitCode == 0, error);
        using JsonDocument figures = JsonDocument.Parse(output);
        Assert.Equal(8, figures.RootElement.GetProperty("accuracy").GetProperty("count").GetInt32());
    }

    [Theory]
    [InlineData("--loss_type", "bradley", "loss_type: expected one of bradley_terry")]
    [InlineData("--center_rewards_coefficient", "-1", "center_rewards_coefficient: expected")]
    [InlineData("--score_token", "first", "score_token")]
    [InlineData("--loss_type", "cost", "'chosen_safe'")]
    public void Reward_BadInput_IsNamed(string option, string value, string message)
    {
        using var tool = new ToolRun();

        (int exitCode, _, string error) = ToolRun.Run([.. Arguments(tool, "run"), option, value]);

        Assert.Equal(2, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(tool.Path("run")));
    }

    private static string[] Arguments(ToolRun tool, string name) =>
    [
        "reward", "--output", tool.Path(name), "--max-samples", "24", "--max-length", "384", "--per-device-train-batch-size", "2", "--max-steps", "4",
        "--eval-size", "4", "--save-steps", "1", "--threads", "1",
    ];
}
