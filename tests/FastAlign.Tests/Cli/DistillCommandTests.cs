using System.Text.Json;
using Xunit;

namespace FastAlign.Tests.Cli;

/// <summary><c>fastalign distill</c>, as a user meets it: an aligned model as the teacher of the one it came from.</summary>
public sealed class DistillCommandTests
{
    [Theory]
    [InlineData("gkd", "--beta", "0.5")]
    [InlineData("gkd", "--beta", "0", "--temperature", "1.5")]
    [InlineData("gkd", "--beta", "1", "--top-k", "8")]
    [InlineData("minillm")]
    public void Distill_AlignedTeacher_LowersTheDivergenceWithinThePlan(string loss, params string[] options)
    {
        using var tool = new ToolRun();
        Teach(tool);

        (int exitCode, string output, string error) = ToolRun.Run([.. Arguments(tool, "run", 20, "--loss-type", loss), .. options, "--json"]);

        Assert.True(exitCode == 0, error);
        using JsonDocument result = JsonDocument.Parse(output);
        Assert.True(result.RootElement.GetProperty("evaluation").GetProperty("loss").GetProperty("change").GetProperty("high").GetDouble() < 0, output);
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(tool.Path("run", "run.json")));
        JsonElement results = run.RootElement.GetProperty("results");
        Assert.Equal(results.GetProperty("planned_bytes").GetInt64(), results.GetProperty("peak_bytes").GetInt64());
    }

    /// <summary>Nothing is common but the text: byte-level tokens and other lengths on the teacher's side.</summary>
    [Theory]
    [InlineData("bayesian", "false")]
    [InlineData("observed", "true")]
    public void Distill_OtherTokenizer_LowersTheDistanceWithinThePlan(string merge, string hybrid)
    {
        using var tool = new ToolRun();
        string teacher = ForeignTeacher.Write(tool.Path("foreign"));
        string[] options = ["--teacher", teacher, "--loss-type", "uld", "--uld-token-merge-strategy", merge, "--uld-use-hybrid-loss", hybrid];

        (int exitCode, string output, string error) = ToolRun.Run([.. Arguments(tool, "run", 8, options), "--json"]);

        Assert.True(exitCode == 0, error);
        using JsonDocument result = JsonDocument.Parse(output);
        Assert.True(result.RootElement.GetProperty("evaluation").GetProperty("loss").GetProperty("change").GetProperty("high").GetDouble() < 0, output);
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(tool.Path("run", "run.json")));
        JsonElement results = run.RootElement.GetProperty("results");
        Assert.Equal(results.GetProperty("planned_bytes").GetInt64(), results.GetProperty("peak_bytes").GetInt64());

        // Without uld the two do not belong together, and the message says what does.
        (exitCode, _, error) = ToolRun.Run(Arguments(tool, "other", 1, "--teacher", teacher));
        Assert.Equal(2, exitCode);
        Assert.Contains("uld", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Distill_StoppedAndResumed_EndsWithTheBitsOfAnUndisturbedRun()
    {
        using var tool = new ToolRun();
        Teach(tool);
        Assert.Equal(0, ToolRun.Run(Arguments(tool, "whole", 6)).ExitCode);
        Assert.Equal(0, ToolRun.Run(Arguments(tool, "cut", 6)).ExitCode);

        // As if killed after the last checkpoint but one.
        string[] checkpoints = [.. Directory.GetDirectories(tool.Path("cut", "checkpoints")).Order(StringComparer.Ordinal)];
        Directory.Delete(checkpoints[^1], recursive: true);
        (int exitCode, _, string error) = ToolRun.Run(Arguments(tool, "cut", 6, "--resume"));

        Assert.True(exitCode == 0, error);
        Assert.Equal(tool.Result("whole").Metrics, tool.Result("cut").Metrics);
        Assert.True(tool.Result("whole").Weights.AsSpan().SequenceEqual(tool.Result("cut").Weights), "the weights differ");

        // Another teacher is another run.
        (exitCode, _, error) = ToolRun.Run(Arguments(tool, "cut", 6, "--resume", "--teacher", tool.Path("whole", "model")));
        Assert.Equal(2, exitCode);
        Assert.Contains("teacher_hash", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("expected the folder of a model, found nothing")]
    [InlineData("loss_type", "--teacher", "@", "--loss-type", "hinton")]
    [InlineData("beta: expected 0 to 1", "--teacher", "@", "--beta", "2")]
    [InlineData("lmbda", "--teacher", "@", "--lmbda", "0.5")]
    [InlineData("uld_teacher_temperature", "--teacher", "@", "--loss-type", "uld", "--uld-teacher-temperature", "0")]
    [InlineData("truncation_mode", "--teacher", "@", "--loss-type", "uld", "--truncation-mode", "keep_end")]
    [InlineData("nowhere", "--teacher", "nowhere")]
    public void Distill_BadOptions_AreNamed(string expected, params string[] options)
    {
        using var tool = new ToolRun();
        string sample = Path.Combine(AppContext.BaseDirectory, "samples", "stories260k");

        (int exitCode, _, string error) = ToolRun.Run(["distill", "--output", tool.Path("run"), .. options.Select(o => o == "@" ? sample : o)]);

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(tool.Path("run")));
    }

    /// <summary>The teacher: the sample model after a few steps of fine-tuning.</summary>
    private static void Teach(ToolRun tool)
    {
        (int exitCode, _, string error) = ToolRun.Run(
            "sft", "--output", tool.Path("teacher"), "--max-samples", "60", "--max-length", "96", "--eval-size", "4", "--max-steps", "15", "--threads", "2");
        Assert.True(exitCode == 0, error);
    }

    private static string[] Arguments(ToolRun tool, string name, int steps, params string[] more) =>
    [
        "distill", "--output", tool.Path(name), .. more.Contains("--teacher") ? (string[])[] : ["--teacher", tool.Path("teacher", "model")], "--max-samples", "60", "--max-length", "96",
        "--eval-size", "20", "--max-steps", $"{steps}", "--save-steps", "1", "--threads", "2", .. more,
    ];
}
