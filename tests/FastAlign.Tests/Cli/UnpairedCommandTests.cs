using System.Text.Json;

namespace FastAlign.Tests.Cli;

/// <summary>kto, bco and dro as a user runs them: on the pairs of the embedded sample, taken apart.</summary>
public sealed class UnpairedCommandTests
{
    [Theory]
    [InlineData("kto", "kto", 0.5)]
    [InlineData("kto", "apo_zero_unpaired", 0.5)]
    [InlineData("kto", "feedback", 0.0)]
    [InlineData("kto", "nft", 0.0)]
    [InlineData("bco", "bco", 0.69314718055994530942)]
    [InlineData("dro", "dro", null)]
    public void Run_EveryLoss_StartsAtItsClosedFormAndStaysWithinThePlan(string command, string lossType, double? lossBefore)
    {
        using var tool = new ToolRun();
        string[] more = command == "kto" ? ["--loss-type", lossType, "--json"] : ["--json"];

        (int exitCode, string output, string error) = ToolRun.Run(Arguments(tool, command, "run", 3, more));

        Assert.True(exitCode == 0, error);
        using JsonDocument result = JsonDocument.Parse(output);
        double before = result.RootElement.GetProperty("evaluation").GetProperty("loss").GetProperty("before").GetProperty("mean").GetDouble();
        Assert.Equal(lossBefore ?? before, before, 1e-15);
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(tool.Path("run", "run.json")));
        JsonElement results = run.RootElement.GetProperty("results");
        Assert.Equal(results.GetProperty("planned_bytes").GetInt64(), results.GetProperty("peak_bytes").GetInt64());
    }

    [Theory]
    [InlineData("kto")]
    [InlineData("bco")]
    [InlineData("dro")]
    public void Run_ResumedFromAnEarlierCheckpoint_EndsWithTheSameBits(string command)
    {
        using var tool = new ToolRun();
        (int exitCode, _, string error) = ToolRun.Run(Arguments(tool, command, "run", 5, "--save-total-limit", "0"));
        Assert.True(exitCode == 0, error);
        (byte[] Weights, string Metrics) expected = tool.Result("run");
        Directory.Delete(tool.Path("run", "checkpoints", "step-5"), recursive: true);
        Directory.Delete(tool.Path("run", "checkpoints", "step-4"), recursive: true);
        Directory.Delete(tool.Path("run", "checkpoints", "step-3"), recursive: true);

        (exitCode, _, error) = ToolRun.Run(Arguments(tool, command, "run", 5, "--save-total-limit", "0", "--resume"));

        Assert.True(exitCode == 0, error);
        (byte[] weights, string metrics) = tool.Result("run");
        Assert.Equal(expected.Metrics, metrics);
        Assert.True(expected.Weights.AsSpan().SequenceEqual(weights), "the weights differ");
    }

    [Fact]
    public void Dro_ValueNetwork_LearnsBesideTheModelAndIsPartOfCheckpoints()
    {
        using var tool = new ToolRun();
        string[] more = ["--save-total-limit", "0", "--value-learning-rate-ratio", "2"];
        (int exitCode, _, string error) = ToolRun.Run(Arguments(tool, "dro", "run", 4, more));
        Assert.True(exitCode == 0, error);
        byte[] Value() => File.ReadAllBytes(tool.Path("run", "value_model", "model.safetensors"));
        byte[] expected = Value();
        Directory.Delete(tool.Path("run", "checkpoints", "step-4"), recursive: true);
        Directory.Delete(tool.Path("run", "checkpoints", "step-3"), recursive: true);

        (exitCode, _, error) = ToolRun.Run(Arguments(tool, "dro", "run", 4, [.. more, "--resume"]));

        Assert.True(exitCode == 0, error);
        Assert.True(expected.AsSpan().SequenceEqual(Value()), "the value network differs");

        // It is a model like others: another run starts from it, and another value network is another run.
        (exitCode, _, error) = ToolRun.Run(Arguments(tool, "dro", "other", 1, "--value-model", tool.Path("run", "value_model")));
        Assert.True(exitCode == 0, error);
        (exitCode, _, error) = ToolRun.Run(Arguments(tool, "dro", "run", 4, [.. more, "--resume", "--value-model", tool.Path("run", "value_model")]));
        Assert.Equal(2, exitCode);
        Assert.Contains("value_hash", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Bco_DensityRatios_WeighUndesirableCompletionsAndStayWithinThePlan()
    {
        using var tool = new ToolRun();

        // Bounds that meet leave the classifier no say: every undesirable completion weighs 2.
        (int exitCode, _, string error) = ToolRun.Run(Arguments(tool, "bco", "run", 2, "--udm", "--min-density-ratio", "2", "--max-density-ratio", "2"));

        Assert.True(exitCode == 0, error);
        using JsonDocument step = JsonDocument.Parse(File.ReadLines(tool.Path("run", "metrics.jsonl")).First());
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(tool.Path("run", "run.json")));
        Assert.Equal(run.RootElement.GetProperty("results").GetProperty("planned_bytes").GetInt64(), run.RootElement.GetProperty("results").GetProperty("peak_bytes").GetInt64());

        // ln 2 for desirable completions, 2 ln 2 for undesirable ones: a batch of two has 2, 3 or 4 halves of ln 2.
        double halves = step.RootElement.GetProperty("loss").GetDouble() / (Math.Log(2) / 2);
        Assert.Contains((int)Math.Round(halves), new[] { 2, 3, 4 });
        Assert.Equal(Math.Round(halves), halves, 1e-9);
    }

    [Fact]
    public void Kto_ReferenceFromTheCache_HasTheSameBits()
    {
        using var tool = new ToolRun();

        // Two epochs of five rows each, shuffled: completions meet other prompts in the second.
        string[] more = ["--max-samples", "5", "--max-length", "96", "--per-device-train-batch-size", "4", "--max-steps", "4", "--eval-size", "1", "--threads", "1"];
        Assert.Equal(0, ToolRun.Run(["kto", "--output", tool.Path("frozen"), .. more]).ExitCode);

        (int exitCode, _, string error) = ToolRun.Run(["kto", "--output", tool.Path("cached"), .. more, "--precompute-ref-log-probs"]);

        Assert.True(exitCode == 0, error);
        Assert.Equal(tool.Result("frozen").Metrics, tool.Result("cached").Metrics);
        Assert.True(tool.Result("frozen").Weights.AsSpan().SequenceEqual(tool.Result("cached").Weights), "the weights differ");
    }

    [Theory]
    [InlineData("--per-device-train-batch-size", "1", "per_device_train_batch_size x gradient_accumulation_steps")]
    [InlineData("--truncation-mode", "keep_end", "truncation_mode")]
    [InlineData("--kl-scope", "epoch", "kl_scope")]
    [InlineData("--beta", "0", "beta")]
    public void Kto_BadOption_IsNamed(string option, string value, string expected)
    {
        using var tool = new ToolRun();
        string[] arguments = [.. Arguments(tool, "kto", "run", 1).Where((_, i) => i is not (7 or 8)), option, value];

        (int exitCode, _, string error) = ToolRun.Run(arguments);

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--value-learning-rate-ratio", "-1", "value_learning_rate_ratio")]
    [InlineData("--value-model", "nowhere", "nowhere")]
    [InlineData("--tau", "0", "tau")]
    public void Dro_BadOption_IsNamed(string option, string value, string expected)
    {
        using var tool = new ToolRun();

        (int exitCode, _, string error) = ToolRun.Run(Arguments(tool, "dro", "run", 1, option, value));

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Kto_RowsWithoutLabel_NamesFileRowAndFields()
    {
        using var tool = new ToolRun();
        File.WriteAllText(tool.Path("rows.jsonl"), """{"prompt": "a", "completion": "b", "label": true}""" + "\n" + """{"prompt": "a", "completion": "b"}""" + "\n");

        (int exitCode, _, string error) = ToolRun.Run(
            "kto", "--model", Goldens.DataPath("stories260k", "hf"), "--dataset", tool.Path("rows.jsonl"), "--output", tool.Path("run"), "--eval-size", "0");

        Assert.Equal(2, exitCode);
        Assert.Contains("rows.jsonl, row 1 (line 2)", error, StringComparison.Ordinal);
        Assert.Contains("'label' or 'reward'", error, StringComparison.Ordinal);
    }

    private static string[] Arguments(ToolRun tool, string command, string name, int steps, params string[] more) => [command, .. tool.Arguments(name, steps, more)[1..]];
}
