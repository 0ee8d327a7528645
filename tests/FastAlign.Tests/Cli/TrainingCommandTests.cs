using System.Text.Json;

namespace FastAlign.Tests.Cli;

/// <summary>The training, generation and evaluation commands, as a user meets them.</summary>
public sealed class TrainingCommandTests
{
    [Fact]
    public void Dpo_ShortRun_WritesARunFolderThatOtherCommandsRead()
    {
        using var tool = new ToolRun();

        (int exitCode, string output, string error) = ToolRun.Run(tool.Arguments("run", 6, "--json"));

        Assert.True(exitCode == 0, error);
        using JsonDocument result = JsonDocument.Parse(output);
        Assert.Equal(tool.Path("run", "model"), result.RootElement.GetProperty("model").GetString());
        Assert.Equal(Math.Log(2), result.RootElement.GetProperty("evaluation").GetProperty("loss").GetProperty("before").GetProperty("mean").GetDouble(), 1e-15);
        string[] metrics = File.ReadAllLines(tool.Path("run", "metrics.jsonl"));
        Assert.Equal(6, metrics.Count(line => line.Contains("\"grad_norm\"", StringComparison.Ordinal)));
        Assert.Equal(2, metrics.Count(line => line.Contains("\"eval_loss\"", StringComparison.Ordinal)));
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(tool.Path("run", "run.json")));
        JsonElement results = run.RootElement.GetProperty("results");
        Assert.Equal(results.GetProperty("planned_bytes").GetInt64(), results.GetProperty("peak_bytes").GetInt64());

        (exitCode, output, error) = ToolRun.Run("generate", "--model", tool.Path("run", "model"), "--json", "--max-new-tokens", "5");
        Assert.True(exitCode == 0, error);
        using JsonDocument generated = JsonDocument.Parse(output);
        Assert.Equal(5, generated.RootElement.GetProperty("continuations")[0].GetProperty("ids").GetArrayLength());

        (exitCode, output, error) = ToolRun.Run("eval", "--model", tool.Path("run", "model"), "--max-samples", "8", "--per-token", tool.Path("tokens.jsonl"), "--json");
        Assert.True(exitCode == 0, error);
        using JsonDocument evaluated = JsonDocument.Parse(output);
        Assert.Equal(8, evaluated.RootElement.GetProperty("logps/chosen").GetProperty("count").GetInt32());
        Assert.Equal(16, File.ReadAllLines(tool.Path("tokens.jsonl")).Length);
    }

    [Theory, InlineData(false, false), InlineData(true, false), InlineData(true, true)]
    public void Plan_EqualsTheMeasuredPeak(bool hasOtherReference, bool isPrecomputed)
    {
        using var tool = new ToolRun();
        string[] reference = hasOtherReference ? ["--reference", Path.Combine(AppContext.BaseDirectory, "samples", "stories260k")] : [];
        string[] options = [.. reference, "--precompute-ref-log-probs", isPrecomputed ? "true" : "false"];

        (int exitCode, string output, string error) = ToolRun.Run(tool.Arguments("run", 3, [.. options, "--plan", "--json"]));

        Assert.True(exitCode == 0, error);
        using JsonDocument plan = JsonDocument.Parse(output);
        Assert.False(Directory.Exists(tool.Path("run")));
        Assert.Equal(0, ToolRun.Run(tool.Arguments("run", 3, options)).ExitCode);
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(tool.Path("run", "run.json")));
        Assert.Equal(plan.RootElement.GetProperty("total_bytes").GetInt64(), run.RootElement.GetProperty("results").GetProperty("peak_bytes").GetInt64());
    }

    [Fact]
    public void Dpo_PrecomputedReference_GivesTheSameBitsAndFillsTheCache()
    {
        using var tool = new ToolRun();
        Assert.Equal(0, ToolRun.Run(tool.Arguments("frozen", 4)).ExitCode);

        (int exitCode, string output, string error) = ToolRun.Run(tool.Arguments("table", 4, "--precompute-ref-log-probs", "--reference-cache", tool.Folder));
        Assert.True(exitCode == 0, error);
        Assert.Matches("reference: 0 of [0-9]+ examples found", output);
        (exitCode, output, error) = ToolRun.Run(tool.Arguments("again", 4, "--precompute-ref-log-probs", "--reference-cache", tool.Folder));

        Assert.True(exitCode == 0, error);
        Assert.Matches("reference: ([0-9]+) of \\1 examples found", output);
        Assert.Equal(tool.Result("frozen").Metrics, tool.Result("table").Metrics);
        Assert.Equal(tool.Result("frozen").Weights, tool.Result("table").Weights);
        Assert.Equal(tool.Result("frozen").Weights, tool.Result("again").Weights);
    }

    [Fact]
    public void Sft_ShortRun_LowersTheLoss()
    {
        using var tool = new ToolRun();

        (int exitCode, string output, string error) = ToolRun.Run(
            "sft", "--output", tool.Path("run"), "--max-samples", "60", "--max-length", "128", "--eval-size", "20", "--max-steps", "15", "--threads", "2", "--json");

        Assert.True(exitCode == 0, error);
        using JsonDocument result = JsonDocument.Parse(output);
        Assert.True(result.RootElement.GetProperty("evaluation").GetProperty("loss").GetProperty("change").GetProperty("high").GetDouble() < 0);
    }

    [Fact]
    public void Config_YamlFile_GivesSettingsAndTheCommandLineWins()
    {
        using var tool = new ToolRun();
        string file = tool.Path("settings.yaml");
        File.WriteAllText(file, "beta: 0.3\nlearning_rate: 2.0e-5 # slow\nshuffle: false\nmax_length: 80\n");

        (int exitCode, _, string error) = ToolRun.Run(tool.Arguments("run", 1, "--config", file, "--learning_rate", "3e-5"));

        Assert.True(exitCode == 0, error);
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(tool.Path("run", "run.json")));
        JsonElement settings = run.RootElement.GetProperty("settings");
        Assert.Equal(0.3, settings.GetProperty("beta").GetDouble());
        Assert.Equal(3e-5, settings.GetProperty("learning_rate").GetDouble());
        Assert.False(settings.GetProperty("shuffle").GetBoolean());
        Assert.Equal(96, settings.GetProperty("max_length").GetInt32());
    }

    [Fact]
    public void Doctor_EmbeddedSample_PassesEveryCheck()
    {
        (int exitCode, string output, string error) = ToolRun.Run("doctor", "--json", "--threads", "2");

        Assert.True(exitCode == 0, error + output);
        using JsonDocument result = JsonDocument.Parse(output);
        Assert.Equal(0, result.RootElement.GetProperty("failed").GetInt32());
        Assert.Equal(7, result.RootElement.GetProperty("passed").GetInt32());
    }
}
