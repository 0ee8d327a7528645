using System.Text.Json;
using FastAlign.Alignment;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>TRL's losses on judged or rewarded samples, and its replay buffer.</summary>
[Trait("Category", Goldens.Category)]
public sealed class SampledGoldenTests
{
    private static readonly JsonElement Online = GoldenJson.Load("losses", "online_dpo.json");
    private static readonly JsonElement Games = GoldenJson.Load("losses", "xpo_nash_md.json");
    private static readonly JsonElement A2po = GoldenJson.Load("losses", "a2po.json");
    private static readonly JsonElement Replay = GoldenJson.Load("losses", "replay_buffer.json");

    public static TheoryData<string> OnlineCases() => Names(Online);

    public static TheoryData<string> GameCases() => Names(Games);

    public static TheoryData<string> A2poCases() => Names(A2po);

    public static TheoryData<string> ReplayCases() => Names(Replay);

    /// <summary>Rows i and i + B of the file are the two completions of prompt i; ours stand side by side.</summary>
    [Theory, MemberData(nameof(OnlineCases))]
    public void OnlineDpo_MatchesTrl(string name)
    {
        (JsonElement inputs, GoldenOptions options, JsonElement expected) = Case(Online, name);
        PairLoss loss = PairLosses.OnlineDpo(options.Text("loss_type", "sigmoid"), options.Number("beta", 0.1), options.Number("missing_eos_penalty", 0));
        options.RequireAllRead();
        int prompts = inputs.GetProperty("reward").GetArrayLength() / 2;
        int[] order = [.. Enumerable.Range(0, prompts).SelectMany(i => new[] { i, i + prompts })];
        PairBatch batch = PairBatch.Of(
            Pick(inputs, "logp", order),
            Pick(inputs, "ref_logp", order),
            (Column.Reward, [.. order.Select(i => inputs.GetProperty("reward")[i].Number())]),
            (Column.EndsWithEos, [.. order.Select(i => inputs.GetProperty("contains_eos")[i].GetBoolean() ? 1.0 : 0)]));

        (double value, double[] dLogProb, MetricAccumulator metrics) = batch.Evaluate(loss);

        LossAssert.Value(expected.GetProperty("loss").Number(), value, "loss");
        LossAssert.Gradients([.. Pick(expected, "dlogp", order).SelectMany(row => row)], dLogProb);
        string[] notFigures = ["beta", "chosen_indices", "rejected_indices"];
        Compare(expected.GetProperty("metrics"), metrics, notFigures);
    }

    [Theory, MemberData(nameof(GameCases))]
    public void XpoAndNashMd_MatchTrl(string name)
    {
        (JsonElement inputs, GoldenOptions options, JsonElement expected) = Case(Games, name);
        (PairBatch batch, ILoss loss, double[] gradient) = options.Text("objective", "") switch
        {
            "xpo" => Xpo(inputs, options, expected),
            "nash_md" => NashMd(inputs, options, expected),
            string other => throw new InvalidDataException($"unknown objective {other}"),
        };
        options.RequireAllRead();

        (double value, double[] dLogProb, MetricAccumulator metrics) = batch.Evaluate(loss);

        LossAssert.Value(expected.GetProperty("loss").Number(), value, "loss");
        LossAssert.Gradients(gradient, dLogProb);
        Compare(expected.GetProperty("metrics"), metrics, []);
    }

    [Theory, MemberData(nameof(A2poCases))]
    public void A2po_MatchesTrl(string name)
    {
        JsonElement golden = A2po.GetProperty("cases").Named(name);
        JsonElement expected = golden.GetProperty("expected");
        var options = new GoldenOptions(golden.GetProperty("options"));
        if (expected.TryGetProperty("v_star", out JsonElement values))
        {
            double[][] rewards = PairBatch.Ragged(golden.GetProperty("options").GetProperty("rewards"));
            double beta1 = options.Number("beta1", 0);
            Assert.All(rewards.Zip(values.Numbers()), pair => LossAssert.Value(pair.Second, RewardRegressionLoss.OptimalValue(pair.First, beta1), "v_star"));
            return;
        }

        JsonElement inputs = A2po.GetProperty("batches").GetProperty(golden.GetProperty("batch").GetString()!);
        var loss = new RewardRegressionLoss(options.Number("beta2", 0));
        options.RequireAllRead();
        double[][] logProb = PairBatch.Ragged(inputs.GetProperty("logp"));
        PairBatch batch = Single(
            logProb, PairBatch.Ragged(inputs.GetProperty("ref_logp")), (Column.Reward, inputs.GetProperty("reward").Numbers()), (Column.Baseline, inputs.GetProperty("v_star").Numbers()));

        (double value, double[] dLogProb, MetricAccumulator metrics) = batch.Evaluate(loss);

        LossAssert.Value(expected.GetProperty("loss").Number(), value, "loss");
        LossAssert.Gradients(expected.GetProperty("dlogp").Numbers(), dLogProb);
        LossAssert.Metrics(expected.GetProperty("metrics"), metrics);
    }

    [Theory, MemberData(nameof(ReplayCases))]
    public void ReplayBuffer_MatchesTrl(string name)
    {
        JsonElement golden = Replay.GetProperty("cases").Named(name);
        JsonElement expected = golden.GetProperty("expected");
        double[] scores = golden.GetProperty("options").GetProperty("scores").Numbers();
        var buffer = new ReplayBuffer<string>(golden.GetProperty("options").GetProperty("max_size").GetInt32());
        for (int i = 0; i < scores.Length; i++)
        {
            buffer.Add(scores[i], $"item{i}");

            JsonElement heap = expected.GetProperty("heap_after_each_add")[i];
            Assert.Equal(heap.EnumerateArray().Select(e => (e[0].Number(), e[1].GetString()!)), buffer.Entries);
        }

        double[] probabilities = expected.GetProperty("sampling_probabilities").Numbers();
        Assert.All(probabilities.Select((p, i) => (p, i)), pair => LossAssert.Value(pair.p, buffer.Probability(pair.i), "probability"));
    }

    private static (PairBatch Batch, ILoss Loss, double[] Gradient) Xpo(JsonElement inputs, GoldenOptions options, JsonElement expected)
    {
        double[][] model = PairBatch.Ragged(inputs.GetProperty("model_logp_model_data"));
        double[][] reference = PairBatch.Ragged(inputs.GetProperty("model_logp_ref_data"));
        bool[] isModel = [.. inputs.GetProperty("chosen_is_model").EnumerateArray().Select(e => e.GetBoolean())];
        double[][] Ordered(double[][] ofModel, double[][] ofReference) =>
            [.. isModel.SelectMany((first, i) => first ? new[] { ofModel[i], ofReference[i] } : [ofReference[i], ofModel[i]])];
        PairBatch batch = PairBatch.Of(
            Ordered(model, reference),
            Ordered(PairBatch.Ragged(inputs.GetProperty("ref_logp_model_data")), PairBatch.Ragged(inputs.GetProperty("ref_logp_ref_data"))),
            (Column.IsReferenceSample, [.. isModel.SelectMany(first => first ? new[] { 0.0, 1 } : [1, 0])]));
        double[][] gradient = Ordered(PairBatch.Ragged(expected.GetProperty("dmodel_logp_model_data")), PairBatch.Ragged(expected.GetProperty("dmodel_logp_ref_data")));
        ILoss loss = PairLosses.Xpo(options.Text("loss_type", "sigmoid"), options.Number("beta", 0.1), options.Number("alpha", 0));
        return (batch, loss, [.. gradient.SelectMany(row => row)]);
    }

    private static (PairBatch Batch, ILoss Loss, double[] Gradient) NashMd(JsonElement inputs, GoldenOptions options, JsonElement expected) =>
        (Single(
            PairBatch.Ragged(inputs.GetProperty("model_logp_model_data")),
            PairBatch.Ragged(inputs.GetProperty("ref_logp_model_data")),
            (Column.WinProbability, inputs.GetProperty("probability").Numbers())),
        new NashMdLoss(options.Number("beta", 0.1)),
        expected.GetProperty("dmodel_logp_model_data").Numbers());

    private static PairBatch Single(double[][] logProb, double[][] reference, params (Column Column, double[] Values)[] columns) => new()
    {
        RowStarts = PairBatch.Starts(logProb),
        LogProb = [.. logProb.SelectMany(row => row)],
        ReferenceLogProb = [.. reference.SelectMany(row => row)],
        SequencesPerExample = 1,
        Columns = columns,
    };

    private static (JsonElement Inputs, GoldenOptions Options, JsonElement Expected) Case(JsonElement file, string name)
    {
        JsonElement golden = file.GetProperty("cases").Named(name);
        return (file.GetProperty("batches").GetProperty(golden.GetProperty("batch").GetString()!), new GoldenOptions(golden.GetProperty("options")), golden.GetProperty("expected"));
    }

    private static void Compare(JsonElement expected, MetricAccumulator actual, string[] except)
    {
        foreach (JsonProperty metric in expected.EnumerateObject().Where(m => !except.Contains(m.Name)))
        {
            LossAssert.Value(metric.Value.Number(), actual.Value(Metric.All.Concat(PairMetrics.All).Single(m => m.Name == metric.Name)), metric.Name);
        }
    }

    private static double[][] Pick(JsonElement owner, string name, int[] order)
    {
        double[][] rows = PairBatch.Ragged(owner.GetProperty(name));
        return [.. order.Select(i => rows[i])];
    }

    private static TheoryData<string> Names(JsonElement file) => [.. file.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("name").GetString()!)];
}
