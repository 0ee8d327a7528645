using System.Text.Json;
using FastAlign.Alignment;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>Every case of TRL's paired losses: loss, gradient per token, every metric.</summary>
[Trait("Category", Goldens.Category)]
public sealed class PairGoldenTests
{
    private static readonly Dictionary<string, JsonElement> Files = new[] { "dpo", "cpo", "orpo", "tpo" }.ToDictionary(f => f, f => GoldenJson.Load("losses", $"{f}.json"));

    public static IEnumerable<TheoryDataRow<string, string>> Cases() => Files.SelectMany(file =>
        file.Value.GetProperty("cases").EnumerateArray().Select(entry => new TheoryDataRow<string, string>(file.Key, entry.GetProperty("name").GetString()!)));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Evaluate_TrlDialect_MatchesTrl(string file, string name)
    {
        JsonElement golden = Files[file].GetProperty("cases").Named(name);
        JsonElement expected = golden.GetProperty("expected");
        JsonElement inputs = Files[file].GetProperty("batches").GetProperty(golden.GetProperty("batch").GetString()!);
        var options = new GoldenOptions(golden.GetProperty("options"));
        ILoss loss = file switch
        {
            "dpo" => PairLosses.Dpo(Dpo(options)),
            "cpo" => PairLosses.Cpo(Cpo(options)),
            "orpo" => PairLosses.Orpo(options.Number("beta", 0.1)),
            _ => PairLosses.Tpo(Tpo(options)),
        };
        options.RequireAllRead();
        PairBatch batch = file == "dpo" ? PairBatch.FromGolden(inputs) : Batch(inputs, Anchor(file));

        (double value, double[] dLogProb, MetricAccumulator metrics) = batch.Evaluate(loss);

        LossAssert.Value(expected.GetProperty("loss").Number(), value, "loss");
        LossAssert.Gradients(Rows(expected, "d", Anchor(file), inputs), dLogProb);
        LossAssert.Metrics(expected.GetProperty("metrics"), metrics);
    }

    private static DpoOptions Dpo(GoldenOptions options) => new()
    {
        LossTypes = options.Texts("loss_type"),
        LossWeights = options.Numbers("loss_weights"),
        Beta = options.Number("beta", 0.1),
        LabelSmoothing = options.Number("label_smoothing", 0),
        Divergence = options.Text("f_divergence_type", "reverse_kl"),
        DivergenceAlpha = options.Number("f_alpha_divergence_coef", 0.5),
        TailWeight = options.Number("ld_alpha", 1),
        DiscoPopTau = options.Number("discopop_tau", 0.05),
        IsProbabilityWeighted = options.Flag("use_weighting"),
    };

    private static CpoOptions Cpo(GoldenOptions options) => new()
    {
        LossType = options.Text("loss_type", "sigmoid"),
        Beta = options.Number("beta", 0.1),
        LikelihoodWeight = options.Number("cpo_alpha", 1),
        LabelSmoothing = options.Number("label_smoothing", 0),
        SimpoGamma = options.Number("simpo_gamma", 0.5),
        Alpha = options.Number("alpha", 0),
    };

    private static TpoOptions Tpo(GoldenOptions options) => new()
    {
        LossType = options.Text("loss_type", "sigmoid"),
        Beta = options.Number("beta", 0.01),
        LikelihoodWeight = options.Number("tpo_alpha", 1),
        LabelSmoothing = options.Number("label_smoothing", 0),
        Gamma = options.Number("tpo_l_gamma", 0.5),
    };

    /// <summary>What stands third in an example.</summary>
    private static string? Anchor(string file) => file switch { "orpo" => "chosen_prompt_logp", "tpo" => "reference_logp", _ => null };

    private static PairBatch Batch(JsonElement inputs, string? anchor)
    {
        double[][] chosen = PairBatch.Ragged(inputs.GetProperty("chosen_logp"));
        double[][] rejected = PairBatch.Ragged(inputs.GetProperty("rejected_logp"));
        double[][]? third = anchor is null ? null : PairBatch.Ragged(inputs.GetProperty(anchor));
        double[][] rows = [.. chosen.SelectMany((row, i) => third is null ? new[] { row, rejected[i] } : [row, rejected[i], third[i]])];
        return new PairBatch { RowStarts = PairBatch.Starts(rows), LogProb = [.. rows.SelectMany(row => row)], SequencesPerExample = third is null ? 2 : 3 };
    }

    /// <summary>Gradients in our order of rows; a gradient that the file leaves out is 0.</summary>
    private static double[] Rows(JsonElement expected, string prefix, string? anchor, JsonElement inputs)
    {
        double[][] Of(string name) => expected.TryGetProperty(prefix + name, out JsonElement rows)
            ? PairBatch.Ragged(rows)
            : [.. PairBatch.Ragged(inputs.GetProperty(name)).Select(row => new double[row.Length])];
        double[][] chosen = Of("chosen_logp");
        double[][] rejected = Of("rejected_logp");
        double[][]? third = anchor is null ? null : Of(anchor);
        return [.. chosen.SelectMany((row, i) => third is null ? row.Concat(rejected[i]) : row.Concat(rejected[i]).Concat(third[i]))];
    }
}
