using System.Text.Json;
using FastAlign.Alignment;

namespace FastAlign.Tests.Losses;

/// <summary>Reward and process reward models against TRL and transformers: every case of both files.</summary>
[Trait("Category", Goldens.Category)]
public sealed class RewardGoldenTests
{
    private static readonly JsonElement Reward = GoldenJson.Load("losses", "reward.json");
    private static readonly JsonElement Steps = GoldenJson.Load("losses", "prm.json");

    public static TheoryData<string> RewardCases() => [.. Reward.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("name").GetString()!)];

    /// <summary>Cases with a batch; those without are of the preprocessing.</summary>
    public static TheoryData<string> StepCases() =>
        [.. Steps.GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("batch").ValueKind == JsonValueKind.String).Select(c => c.GetProperty("name").GetString()!)];

    [Theory, MemberData(nameof(RewardCases))]
    public void BradleyTerry_Case_MatchesTrl(string name)
    {
        (JsonElement options, JsonElement inputs, JsonElement expected) = Case(Reward, name);
        options.RequireOnly("use_margin", "center_rewards_coefficient");
        ScoreBatch batch = ScoreBatch.Pairs(Interleave(inputs.GetProperty("chosen_reward"), inputs.GetProperty("rejected_reward")));
        if (options.GetProperty("use_margin").GetBoolean())
        {
            batch.With(Column.Margin, inputs.GetProperty("margin").Numbers());
        }

        (double loss, ScoreBatch.Derivatives d, MetricAccumulator metrics) =
            batch.Evaluate(RewardLosses.Create("bradley_terry", new RewardOptions { Centering = options.Number("center_rewards_coefficient", 0) }));

        LossAssert.Value(expected.GetProperty("loss").Number(), loss, "loss");
        LossAssert.Gradients(Interleave(expected.GetProperty("dchosen_reward"), expected.GetProperty("drejected_reward")), d.Scores);
        LossAssert.Metrics(expected.GetProperty("metrics"), metrics);
    }

    [Theory, MemberData(nameof(StepCases))]
    public void StepLabels_Case_MatchesTransformers(string name)
    {
        (JsonElement options, JsonElement inputs, JsonElement expected) = Case(Steps, name);
        options.RequireOnly("num_items_in_batch");
        double[] labels = inputs.GetProperty("labels").Numbers();
        double[] logits = inputs.GetProperty("logits").Numbers();
        double items = options.Number("num_items_in_batch", labels.Count(label => label >= 0));
        var batch = new ScoreBatch { Scores = logits, Labels = logits.Length / labels.Length, RowStarts = [0, labels.Length], ExampleStarts = [0, 1] };

        (double loss, ScoreBatch.Derivatives d, MetricAccumulator metrics) = batch.With(Column.StepLabel, labels).Evaluate(new StepLabelLoss(Normalizer.Fixed(items)));

        LossAssert.Value(expected.GetProperty("loss").Number(), loss, "loss");
        LossAssert.Gradients(expected.GetProperty("dlogits").Numbers(), d.Scores);
        LossAssert.Metrics(expected.GetProperty("metrics"), metrics);
    }

    private static (JsonElement Options, JsonElement Inputs, JsonElement Expected) Case(JsonElement file, string name)
    {
        JsonElement entry = file.GetProperty("cases").Named(name);
        return (entry.GetProperty("options"), file.GetProperty("batches").GetProperty(entry.GetProperty("batch").GetString()!), entry.GetProperty("expected"));
    }

    private static double[] Interleave(JsonElement chosen, JsonElement rejected) =>
        [.. chosen.Numbers().Zip(rejected.Numbers()).SelectMany(pair => new[] { pair.First, pair.Second })];
}
