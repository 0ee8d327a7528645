using System.Text.Json;

namespace FastAlign.Tests.Cli;

/// <summary>Reward heads with a hidden layer as a user meets them: trained with the trunk and without, trained further, refused.</summary>
public sealed class HiddenHeadTests
{
    private const string Units = "16";

    /// <summary>Stored hidden states give the first loss that the whole model gives, to the bit; both runs take the memory that was planned.</summary>
    [Fact]
    public void Reward_HiddenHead_OnStoredHiddenStatesHasTheBitsOfTheWholeModel()
    {
        using var tool = new ToolRun();
        Run(tool, "whole", "--head-hidden", Units);
        Run(tool, "head", "--head-hidden", Units, "--frozen-trunk");
        Run(tool, "linear", "--frozen-trunk");

        Assert.Equal(Losses(tool, "whole")[0], Losses(tool, "head")[0]);
        Assert.NotEqual(Losses(tool, "linear")[0], Losses(tool, "head")[0]);
        foreach (string name in (string[])["whole", "head"])
        {
            using JsonDocument run = JsonDocument.Parse(File.ReadAllText(tool.Path(name, "run.json")));
            JsonElement results = run.RootElement.GetProperty("results");
            Assert.Equal(results.GetProperty("planned_bytes").GetInt64(), results.GetProperty("peak_bytes").GetInt64());
        }
    }

    /// <summary>One batch of 8 pairs, over and over: a head that learns nothing stays at ln 2.</summary>
    [Fact]
    public void Reward_HiddenHead_FitsThePairsItSees()
    {
        using var tool = new ToolRun();

        Run(
            tool, "run", "--head-hidden", Units, "--frozen-trunk", "--learning-rate", "0.01", "--max-samples", "12", "--per-device-train-batch-size", "8",
            "--max-steps", "40", "--save-steps", "40");

        double[] losses = Losses(tool, "run");
        Assert.InRange(losses[0], 0.6, 0.8);
        Assert.InRange(losses[^1], 0, 0.5 * losses[0]);
    }

    [Fact]
    public void Reward_HeadThatIsThere_StaysAsItIs()
    {
        using var tool = new ToolRun();
        Run(tool, "hidden", "--head-hidden", Units, "--ensemble", "2");
        Run(tool, "linear", "--ensemble", "2");

        Run(tool, "further", "--model", tool.Path("hidden", "model"), "--ensemble", "2");

        Assert.Equal(new FileInfo(tool.Path("hidden", "model", "model.safetensors")).Length, new FileInfo(tool.Path("further", "model", "model.safetensors")).Length);
        AssertRefused(tool, "found one with a hidden layer of 16", "--model", tool.Path("hidden", "model"), "--ensemble", "2", "--head_hidden", "8");
        AssertRefused(tool, "found a linear one", "--model", tool.Path("linear", "model"), "--ensemble", "2", "--head_hidden", "8");
        AssertRefused(tool, "expected a linear head for loss_type odin", "--model", tool.Path("hidden", "model"), "--loss_type", "odin");
        AssertRefused(tool, "head_hidden: expected 0 with loss_type odin", "--loss_type", "odin", "--head_hidden", "8");
        AssertRefused(tool, "head_hidden: expected 0 to 65536, found -1", "--head_hidden", "-1");
        AssertRefused(tool, "head_hidden: expected 0 to 65536, found 65537", "--head_hidden", "65537");
    }

    private static void Run(ToolRun tool, string name, params string[] more)
    {
        (int exitCode, _, string error) = ToolRun.Run(Arguments(tool, name, more));
        Assert.True(exitCode == 0, error);
    }

    private static void AssertRefused(ToolRun tool, string message, params string[] more)
    {
        (int exitCode, _, string error) = ToolRun.Run(Arguments(tool, "refused", more));
        Assert.Equal(2, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(tool.Path("refused")));
    }

    private static double[] Losses(ToolRun tool, string name) =>
    [
        .. File.ReadLines(tool.Path(name, "metrics.jsonl")).Select(line => JsonSerializer.Deserialize<JsonElement>(line))
            .Where(line => line.TryGetProperty("loss", out _)).Select(line => line.GetProperty("loss").GetDouble()),
    ];

    private static string[] Arguments(ToolRun tool, string name, string[] more)
    {
        string[] common =
        [
            "--max-samples", "24", "--max-length", "384", "--per-device-train-batch-size", "2", "--max-steps", "4", "--eval-size", "4", "--save-steps", "4",
            "--threads", "1", "--logging-steps", "1",
        ];
        IEnumerable<string[]> kept = common.Chunk(2).Where(option => !more.Contains(option[0]));
        string[] data = more.Contains("--model") ? ["--dataset", Path.Combine(AppContext.BaseDirectory, "samples", "hh-rlhf", "helpful-base.short.jsonl")] : [];
        return ["reward", "--output", tool.Path(name), .. data, .. kept.SelectMany(option => option), .. more];
    }
}
