using System.Text.Json;
using FastAlign.Alignment;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>Losses, gradients and metrics of TRL's KTOTrainer and BCOTrainer.</summary>
[Trait("Category", Goldens.Category)]
public sealed class UnpairedGoldenTests
{
    public static IEnumerable<TheoryDataRow<string>> KtoCases() => Cases("kto.json");

    public static IEnumerable<TheoryDataRow<string>> BcoCases() => Cases("bco.json");

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(KtoCases))]
    public void Kto_TrlCase_MatchesTrl(string name)
    {
        (JsonElement options, JsonElement expected, UnpairedBatch batch) = Read("kto.json", name);
        options.RequireOnly("loss_type", "beta", "desirable_weight", "undesirable_weight");
        ILoss loss = UnpairedLosses.Create(options.GetProperty("loss_type").GetString()!, new UnpairedOptions
        {
            Beta = options.Number("beta", 0.1),
            DesirableWeight = options.Number("desirable_weight", 1),
            UndesirableWeight = options.Number("undesirable_weight", 1),
        });

        (double value, double[] dLogProb, MetricAccumulator metrics) = batch.Evaluate(loss);

        LossAssert.Value(expected.GetProperty("loss").Number(), value, "loss");
        LossAssert.Gradients(expected.GetProperty("dlogp").Numbers(), batch.Judged(dLogProb));
        Assert.Equal(batch.Judged(dLogProb).Count(d => d != 0), dLogProb.Count(d => d != 0));
        foreach (JsonProperty metric in expected.GetProperty("metrics").EnumerateObject())
        {
            LossAssert.Value(metric.Value.Number(), metrics.Value(new Metric(metric.Name, "", "")), metric.Name);
        }

        // The standard error of the estimate is ours; TRL logs no other figure that we do not.
        int own = double.IsNaN(metrics.Value(UnpairedMetrics.KlError)) ? 0 : 1;
        Assert.Equal(expected.GetProperty("metrics").EnumerateObject().Count(), metrics.Count - own);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(BcoCases))]
    public void Bco_TrlCase_MatchesTrl(string name)
    {
        (JsonElement options, JsonElement expected, UnpairedBatch batch) = Read("bco.json", name);
        options.RequireOnly("beta", "udm", "running_before", "min_density_ratio", "max_density_ratio", "do_train");
        ILoss loss = UnpairedLosses.Create("bco", new UnpairedOptions
        {
            Beta = options.Number("beta", 0.1),
            HasDensityRatio = options.TryGetProperty("udm", out JsonElement udm) && udm.GetBoolean(),
            MinDensityRatio = options.Number("min_density_ratio", 0.5),
            MaxDensityRatio = options.Number("max_density_ratio", 10),
        });
        var state = (IStatefulLoss)loss;
        JsonElement before = options.GetProperty("running_before");
        state.State = [before.Number("mean", 0), before.Number("var", 1), before.Number("count", 1e-24), before.Number("std", 1)];
        bool isTraining = !options.TryGetProperty("do_train", out JsonElement doTrain) || doTrain.GetBoolean();

        (double value, double[] dLogProb, MetricAccumulator metrics) = batch.Evaluate(isTraining ? loss : state.ForEvaluation());

        LossAssert.Value(expected.GetProperty("loss").Number(), value, "loss");
        LossAssert.Gradients(expected.GetProperty("dlogp").Numbers(), dLogProb);
        IReadOnlyList<double> after = state.State;
        JsonElement figures = expected.GetProperty("metrics");
        foreach (JsonProperty figure in figures.EnumerateObject())
        {
            double actual = figure.Name switch
            {
                "delta" => metrics.Value(UnpairedMetrics.Delta),
                "running_after/mean" => after[0],
                "running_after/var" => after[1],
                "running_after/count" => after[2],
                "running_after/std" => after[3],
                "count/chosen" or "count/rejected" => CountOf(batch, figure.Name == "count/chosen"),
                _ when figure.Name.EndsWith("_sum", StringComparison.Ordinal) => Sum(metrics, batch, figure.Name[..^"_sum".Length]),
                _ => throw new InvalidOperationException($"{name}: unknown metric {figure.Name}"),
            };
            LossAssert.Value(figure.Value.Number(), actual, figure.Name);
        }
    }

    private static double Sum(MetricAccumulator metrics, UnpairedBatch batch, string metric) =>
        metrics.Value(new Metric(metric, "", "")) * CountOf(batch, metric.EndsWith("chosen", StringComparison.Ordinal));

    private static double CountOf(UnpairedBatch batch, bool isDesirable)
    {
        int count = 0;
        ReadOnlySpan<double> labels = batch.Columns.Values(Column.Label);
        for (int e = 0; e < batch.ExampleStarts.Length - 1; e++)
        {
            count += labels[batch.ExampleStarts[e]] == 1 == isDesirable ? 1 : 0;
        }

        return count;
    }

    private static IEnumerable<TheoryDataRow<string>> Cases(string file) => !File.Exists(Goldens.Path("losses", file)) ? [] :
        GoldenJson.Load("losses", file).GetProperty("cases").EnumerateArray().Select(entry => new TheoryDataRow<string>(entry.GetProperty("name").GetString()!));

    private static (JsonElement Options, JsonElement Expected, UnpairedBatch Batch) Read(string file, string name)
    {
        JsonElement golden = GoldenJson.Load("losses", file);
        JsonElement entry = golden.GetProperty("cases").Named(name);
        JsonElement batch = golden.GetProperty("batches").GetProperty(entry.GetProperty("batch").GetString()!);
        return (entry.GetProperty("options"), entry.GetProperty("expected"), UnpairedBatch.FromGolden(batch));
    }
}
