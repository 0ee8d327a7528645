using System.Text.Json;
using FastAlign.IO.Datasets;

namespace FastAlign.Tests.Cli;

/// <summary>dpo in its many forms, cpo, orpo, tpo and lipo as a user runs them.</summary>
public sealed class PairedCommandTests
{
    private const double LnTwo = 0.69314718055994530942;

    public static TheoryData<string, double?> Runs => new()
    {
        { "dpo --loss_type sigmoid ipo --loss_weights 0.8 0.2 --beta 0.1", (0.8 * LnTwo) + (0.2 * 25) },
        { "dpo --loss_type sigmoid sft --loss_weights 1 0.5 --accumulation micro_batch_mean", null },
        { "dpo --loss_type aot --gradient_accumulation_steps 2", LnTwo },
        { "dpo --loss_type sigmoid --f_divergence_type alpha_divergence --f_alpha_divergence_coef 0.3", LnTwo },
        { "dpo --loss_type apo_zero --ld_alpha 0.5 --ref_model_sync_steps 2", 1 },
        { "dpo --loss_type discopop --use_weighting", null },
        { "dpo --loss_type sr_dpo", LnTwo },
        { "dpo --loss_type inpo --beta 0.5", 1 },
        { "cpo --loss_type simpo --cpo_alpha 0 --beta 2", null },
        { "cpo --loss_type slic", null },
        { "cpo --loss_type sigmoid --alpha 0.1", null },
        { "orpo", null },
    };

    [Theory, MemberData(nameof(Runs))]
    public void Run_Pairs_StartsAtItsClosedFormAndStaysWithinThePlan(string command, double? lossBefore)
    {
        using var tool = new ToolRun();
        string[] words = command.Split(' ');

        (int exitCode, string output, string error) = ToolRun.Run([words[0], .. tool.Arguments("run", 3, "--json")[1..], .. words[1..]]);

        Assert.True(exitCode == 0, error);
        AssertRun(tool, output, lossBefore);
    }

    [Fact]
    public void Tpo_Triples_TrainWithinThePlan()
    {
        using var tool = new ToolRun();
        WriteRows(tool, i => $$"""{"prompt": "Once upon a time {{i}}", "chosen": " there was a cat.", "rejected": " no.", "reference": " there was a little cat named Tim."}""");

        (int exitCode, string output, string error) = ToolRun.Run(OwnRows(tool, "tpo", "run", "--loss_type", "tpo-l", "--json"));

        Assert.True(exitCode == 0, error);
        AssertRun(tool, output, null);
    }

    [Fact]
    public void Lipo_Lists_HaveTheSameBitsFromTheCacheAndAfterAResume()
    {
        using var tool = new ToolRun();
        WriteRows(tool, i => $$"""{"prompt": "Once upon a time {{i}}", "completions": [" there was a cat.", " no.", " a dog ran{{(i % 2 == 0 ? ".\", \" the end." : string.Empty)}}"], "scores": [0.9, 0.1, 0.5{{(i % 2 == 0 ? ", 0.3" : string.Empty)}}]}""");

        (int exitCode, string output, string error) = ToolRun.Run(OwnRows(tool, "lipo", "run", "--loss_type", "list_mle", "--json"));
        Assert.True(exitCode == 0, error);
        AssertRun(tool, output, null);
        (exitCode, _, error) = ToolRun.Run(OwnRows(tool, "lipo", "cached", "--loss_type", "list_mle", "--precompute-ref-log-probs"));
        Assert.True(exitCode == 0, error);
        Assert.True(tool.Result("run").Weights.AsSpan().SequenceEqual(tool.Result("cached").Weights), "the cache changes the weights");
        Directory.Delete(tool.Path("run", "checkpoints", "step-3"), recursive: true);
        (exitCode, _, error) = ToolRun.Run(OwnRows(tool, "lipo", "run", "--loss_type", "list_mle", "--resume"));
        Assert.True(exitCode == 0, error);
        Assert.Equal(tool.Result("cached").Metrics, tool.Result("run").Metrics);
        Assert.True(tool.Result("run").Weights.AsSpan().SequenceEqual(tool.Result("cached").Weights), "resuming changes the weights");
    }

    [Fact]
    public void SrDpo_ReferenceFromTheCache_HasTheSameBits()
    {
        using var tool = new ToolRun();
        string[] refined = ["--loss_type", "sr_dpo", "--quality-prompt", "Be good. "];
        Assert.Equal(0, ToolRun.Run(tool.Arguments("frozen", 3, refined)).ExitCode);

        (int exitCode, _, string error) = ToolRun.Run(tool.Arguments("cached", 3, [.. refined, "--precompute-ref-log-probs"]));

        Assert.True(exitCode == 0, error);
        Assert.Equal(tool.Result("frozen").Metrics, tool.Result("cached").Metrics);
        Assert.True(tool.Result("frozen").Weights.AsSpan().SequenceEqual(tool.Result("cached").Weights), "the weights differ");
    }

    [Fact]
    public void Dpo_ListsInYaml_AreReadAsOnTheCommandLine()
    {
        using var tool = new ToolRun();
        File.WriteAllText(tool.Path("dpo.yaml"), "loss_type: [sigmoid, hinge]\nloss_weights:\n  - 1\n  - 0.5\n");

        (int exitCode, string output, string error) = ToolRun.Run(tool.Arguments("run", 1, "--json", "--config", tool.Path("dpo.yaml")));

        Assert.True(exitCode == 0, error);
        AssertRun(tool, output, LnTwo + 0.5);
    }

    [Fact]
    public void Dpo_MarginsOfTheRows_ShiftTheLoss()
    {
        using var tool = new ToolRun();
        WriteRows(tool, i => $$"""{"prompt": "Once upon a time {{i}}", "chosen": " there was a cat.", "rejected": " no.", "margin": 2, "weight": 0.5}""");

        (int exitCode, string output, string error) = ToolRun.Run(OwnRows(tool, "dpo", "run", "--margin-scale", "0.5", "--json"));

        // 0.5 log(1 + e^1)
        Assert.True(exitCode == 0, error);
        AssertRun(tool, output, 0.5 * Math.Log(1 + Math.E));
    }

    [Theory]
    [InlineData("dpo --loss_type sigmoid sigmoidal", "loss_type: expected sigmoid, hinge")]
    [InlineData("dpo --loss_type exo_pair", "label_smoothing: expected a number in (0, 0.5) for loss_type exo_pair")]
    [InlineData("dpo --loss_weights 1 2", "loss_weights: expected 1 numbers")]
    [InlineData("dpo --loss_weights one", "--loss_weights: expected numbers, found 'one'")]
    [InlineData("dpo --loss_type aot --use_weighting", "use_weighting")]
    [InlineData("cpo --loss_type dpo", "loss_type: expected sigmoid, hinge, ipo, simpo, slic, cpl, found dpo")]
    [InlineData("orpo --beta 0", "beta")]
    [InlineData("lipo --list_average median", "--list_average: expected one of sum, mean")]
    [InlineData("tpo", "'reference' (a demonstration)")]
    public void BadOption_IsNamed(string command, string expected)
    {
        using var tool = new ToolRun();
        string[] words = command.Split(' ');

        (int exitCode, _, string error) = ToolRun.Run([words[0], .. tool.Arguments("run", 1)[1..], .. words[1..]]);

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dpo", """{"prompt": "a", "chosen": "b", "rejected": "c", "soft_label": 2}""", "field 'soft_label'")]
    [InlineData("dpo", """{"prompt": "a", "chosen": "b", "rejected": "c", "weight": -1}""", "field 'weight'")]
    [InlineData("dpo", """{"prompt": "a", "chosen": "b", "rejected": "c", "margin": "big"}""", "field 'margin'")]
    [InlineData("lipo", """{"prompt": "a", "completions": ["b", "c"], "scores": [1]}""", "field 'scores': expected 2 numbers")]
    [InlineData("lipo", """{"prompt": "a", "completions": ["b"], "scores": [1]}""", "field 'completions': expected at least 2")]
    [InlineData("lipo", """{"prompt": "a", "chosen": "b", "rejected": "c"}""", "'completions' (a list of texts)")]
    public void BadRow_IsNamed(string command, string row, string expected)
    {
        using var tool = new ToolRun();
        WriteRows(tool, _ => row);

        (int exitCode, _, string error) = ToolRun.Run(OwnRows(tool, command, "run"));

        Assert.Equal(2, exitCode);
        Assert.Contains("rows.jsonl, row ", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    private static void AssertRun(ToolRun tool, string output, double? lossBefore)
    {
        using JsonDocument result = JsonDocument.Parse(output);
        double before = result.RootElement.GetProperty("evaluation").GetProperty("loss").GetProperty("before").GetProperty("mean").GetDouble();
        Assert.Equal(lossBefore ?? before, before, 1e-13);
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(tool.Path("run", "run.json")));
        JsonElement results = run.RootElement.GetProperty("results");
        Assert.Equal(results.GetProperty("planned_bytes").GetInt64(), results.GetProperty("peak_bytes").GetInt64());
    }

    private static void WriteRows(ToolRun tool, Func<int, string> row) => File.WriteAllLines(tool.Path("rows.jsonl"), Enumerable.Range(0, 12).Select(row));

    /// <summary>The anchor of INPO moves by what the rows say of the policy that sampled them; a row with a number too few is named.</summary>
    [Fact]
    public void Inpo_OldLogProbsInTheRows_MoveTheAnchor()
    {
        using var tool = new ToolRun();
        RowTokenizer tokenizer = Datasets.GoldenRows.Tokenizer("stories260k");
        TokenizedPair pair = tokenizer.Tokenize(new PreferenceText(0, "Once upon", " a time", " the"));
        string Row(int missing) => $$"""{"prompt": "Once upon", "chosen": " a time", "rejected": " the", "chosen_old_logps": [{{Numbers(pair.Chosen.Length - missing, -1)}}], "rejected_old_logps": [{{Numbers(pair.Rejected.Length, -9)}}]}""";
        double Loss(string name, string row)
        {
            File.WriteAllLines(tool.Path("rows.jsonl"), [row, row, row, row, row, row]);
            (int code, _, string message) = ToolRun.Run(OwnRows(tool, "dpo", name, "--loss-type", "inpo", "--lint", "off"));
            Assert.True(code == 0, message);
            using JsonDocument step = JsonDocument.Parse(File.ReadLines(tool.Path(name, "metrics.jsonl")).First());
            return step.RootElement.GetProperty("loss").GetDouble();
        }

        double plain = Loss("plain", """{"prompt": "Once upon", "chosen": " a time", "rejected": " the"}""");

        Assert.NotEqual(plain, Loss("moved", Row(0)));
        File.WriteAllLines(tool.Path("rows.jsonl"), Enumerable.Repeat(Row(1), 6));
        (int exitCode, _, string error) = ToolRun.Run(OwnRows(tool, "dpo", "bad", "--loss-type", "inpo"));
        Assert.Equal(2, exitCode);
        Assert.Contains($"field 'chosen_old_logps': expected {pair.Chosen.Length} numbers", error, StringComparison.Ordinal);

        static string Numbers(int count, double value) => string.Join(", ", Enumerable.Repeat(value, count));
    }

    private static string[] OwnRows(ToolRun tool, string command, string name, params string[] more) =>
        [command, .. tool.Arguments(name, 3)[1..], "--model", Goldens.DataPath("stories260k", "hf"), "--dataset", tool.Path("rows.jsonl"), .. more];
}
