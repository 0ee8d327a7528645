using System.Text.Json;
using FastAlign.IO.Safetensors;

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

    /// <summary>Hidden states from the file give the first loss that the whole model gives, to the bit; the trunk keeps its bits, and a second run finds them.</summary>
    [Fact]
    public void Reward_FrozenTrunk_TrainsTheHeadAloneOnStoredHiddenStates()
    {
        using var tool = new ToolRun();
        string[] frozen = ["--frozen-trunk", "--embedding-cache", tool.Path("cache"), "--learning-rate", "0.01"];
        Assert.Equal(0, ToolRun.Run(Arguments(tool, "whole")).ExitCode);

        (int exitCode, string output, string error) = ToolRun.Run([.. Arguments(tool, "head"), .. frozen]);

        Assert.True(exitCode == 0, error);
        Assert.Contains("computing", output, StringComparison.Ordinal);
        Assert.Equal(Figure(tool, "whole", "loss"), Figure(tool, "head", "loss"));
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(tool.Path("head", "run.json")));
        JsonElement results = run.RootElement.GetProperty("results");
        Assert.Equal(results.GetProperty("planned_bytes").GetInt64(), results.GetProperty("peak_bytes").GetInt64());
        using (var before = SafetensorsFile.Open(Path.Combine(AppContext.BaseDirectory, "samples", "stories260k", "model.safetensors")))
        using (var after = SafetensorsFile.Open(tool.Path("head", "model", "model.safetensors")))
        {
            Assert.Equal(before.ReadFloat32("model.layers.0.mlp.down_proj.weight"), after.ReadFloat32("model.layers.0.mlp.down_proj.weight"));
            using var whole = SafetensorsFile.Open(tool.Path("whole", "model", "model.safetensors"));
            Assert.NotEqual(whole.ReadFloat32("score.weight"), after.ReadFloat32("score.weight"));
        }

        (exitCode, output, error) = ToolRun.Run([.. Arguments(tool, "again"), .. frozen]);
        Assert.True(exitCode == 0, error);
        Assert.DoesNotContain("computing", output, StringComparison.Ordinal);
        Assert.Equal(tool.Result("head").Weights, tool.Result("again").Weights);

        // A damaged file is computed anew.
        string file = Directory.GetFiles(tool.Path("cache")).Order(StringComparer.Ordinal).First();
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        Directory.Delete(tool.Path("again", "checkpoints", "step-4"), recursive: true);
        (exitCode, output, error) = ToolRun.Run([.. Arguments(tool, "again"), .. frozen, "--resume"]);
        Assert.True(exitCode == 0, error);
        Assert.Contains("computing", output, StringComparison.Ordinal);
        Assert.Equal(tool.Result("head").Weights, tool.Result("again").Weights);
        Assert.Equal(tool.Result("head").Metrics, tool.Result("again").Metrics);
    }

    /// <summary>Hidden states depend on the trunk alone: every other head finds them, every other trunk computes its own.</summary>
    [Fact]
    public void Reward_FrozenTrunk_SharesHiddenStatesBetweenHeadsOfOneTrunk()
    {
        using var tool = new ToolRun();
        string Train(string name, params string[] more)
        {
            (int exitCode, string output, string error) = ToolRun.Run(
                ["reward", "--output", tool.Path(name), "--max-samples", "8", "--max-steps", "1", "--warmup-steps", "0", "--eval-size", "0", "--threads", "1", .. more]);
            Assert.True(exitCode == 0, error);
            return output;
        }

        string[] frozen = ["--frozen-trunk", "--embedding-cache", tool.Path("cache")];
        string[] From(string run) =>
            [.. frozen, "--model", tool.Path(run, "model"), "--dataset", Path.Combine(AppContext.BaseDirectory, "samples", "hh-rlhf", "helpful-base.short.jsonl")];

        Assert.Contains("computing", Train("first", frozen), StringComparison.Ordinal);
        Assert.Contains("examples found", Train("seed", [.. frozen, "--seed", "7"]), StringComparison.Ordinal);
        Assert.Contains("examples found", Train("size", [.. frozen, "--head-hidden", "8"]), StringComparison.Ordinal);
        Assert.Contains("examples found", Train("further", From("first")), StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(tool.Path("cache")));

        Train("moved");
        Assert.Contains("computing", Train("other", From("moved")), StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(tool.Path("cache")).Length);
    }

    [Fact]
    public void Reward_Ensemble_IsOneHeadThatEvalPutsTogether()
    {
        using var tool = new ToolRun();
        string[] ensemble = ["--frozen-trunk", "--ensemble", "3", "--learning-rate", "0.01"];
        (int exitCode, _, string error) = ToolRun.Run([.. Arguments(tool, "run"), .. ensemble]);
        Assert.True(exitCode == 0, error);
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(tool.Path("run", "model", "config.json")));
        Assert.Equal(3, config.RootElement.GetProperty("num_labels").GetInt32());
        double Reward(string rule)
        {
            (int code, string output, string message) = ToolRun.Run("eval", "--model", tool.Path("run", "model"), "--max-samples", "8", "--ensemble", rule, "--json");
            Assert.True(code == 0, message);
            using JsonDocument figures = JsonDocument.Parse(output);
            return figures.RootElement.GetProperty("mean_reward").GetProperty("mean").GetDouble();
        }

        (double mean, double min, double cautious) = (Reward("mean"), Reward("min"), Reward("mean_minus_std"));

        Assert.True(min < mean && cautious < mean, $"{mean} {min} {cautious}");
        Directory.Delete(tool.Path("run", "checkpoints", "step-4"), recursive: true);
        byte[] expected = tool.Result("run").Weights;
        (exitCode, _, error) = ToolRun.Run([.. Arguments(tool, "run"), .. ensemble, "--resume"]);
        Assert.True(exitCode == 0, error);
        Assert.Equal(expected, tool.Result("run").Weights);

        // Members share a trunk that learns, too.
        (exitCode, _, error) = ToolRun.Run([.. Arguments(tool, "shared"), "--ensemble", "2"]);
        Assert.True(exitCode == 0, error);
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
    [InlineData("--loss_type", "prm", "loss_type: expected one of bradley_terry, plackett_luce, binary, cost, odin, goal_contrast, found prm")]
    [InlineData("--loss_type", "bradley", "loss_type: expected one of bradley_terry")]
    [InlineData("--ensemble", "0", "ensemble: expected 1 to")]
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

    private static double Figure(ToolRun tool, string name, string figure)
    {
        using JsonDocument first = JsonDocument.Parse(File.ReadLines(tool.Path(name, "metrics.jsonl")).First());
        return first.RootElement.GetProperty(figure).GetDouble();
    }

    private static string[] Arguments(ToolRun tool, string name) =>
    [
        "reward", "--output", tool.Path(name), "--max-samples", "24", "--max-length", "384", "--per-device-train-batch-size", "2", "--max-steps", "4",
        "--eval-size", "4", "--save-steps", "1", "--threads", "1",
    ];
}
