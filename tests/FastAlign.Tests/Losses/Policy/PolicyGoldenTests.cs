using System.Text.Json;
using FastAlign.Alignment;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>Every case of TRL's policy losses: GRPO with all loss types and levels, GMPO, GSPO-token, asynchronous GRPO, RLOO.</summary>
[Trait("Category", Goldens.Category)]
public sealed class PolicyGoldenTests
{
    private static readonly Dictionary<string, JsonElement> Files = new[] { "grpo", "gmpo", "gspo_token", "async_grpo", "rloo" }
        .ToDictionary(name => name, name => GoldenJson.Load("losses", $"{name}.json"));

    public static IEnumerable<TheoryDataRow<string, string>> Cases() => Files.SelectMany(file =>
        file.Value.GetProperty("cases").EnumerateArray().Select(entry => new TheoryDataRow<string, string>(file.Key, entry.GetProperty("name").GetString()!)));

    [Theory, MemberData(nameof(Cases))]
    public void Evaluate_OneMicroBatch_MatchesTrl(string file, string name)
    {
        PolicyGolden golden = new(Files[file], name);
        PolicyLoss loss = golden.Loss();

        PolicyResult result = golden.Batch.Evaluate(loss, golden.Counts);

        LossAssert.Value(golden.Expected.GetProperty("loss").Number(), golden.Share * result.Loss, "loss");
        LossAssert.Gradients(golden.Expected.GetProperty("dlogp").Numbers(), [.. result.DLogProb.Select(d => golden.Share * d)]);
        double[] dEntropy = golden.Expected.TryGetProperty("dentropy", out JsonElement expected) ? expected.Numbers() : new double[result.DEntropy.Length];
        LossAssert.Gradients(dEntropy, [.. result.DEntropy.Select(d => golden.Share * d)]);
        CompareMetrics(golden, result.Metrics, loss);
    }

    /// <summary>Every metric that TRL logs, and none beside; <c>next/...</c> is the state that the entropy bonus moves to.</summary>
    private static void CompareMetrics(PolicyGolden golden, MetricAccumulator actual, PolicyLoss loss)
    {
        int count = 0;
        foreach (JsonProperty metric in golden.Expected.GetProperty("metrics").EnumerateObject())
        {
            double found = metric.Name switch
            {
                "next/entropy_coef" => loss.Entropy!.Coefficient,
                "next/last_world_entropy" => loss.Entropy!.LastEntropy,
                "policy_loss" => golden.LoggedShare * actual.Value(Metric.PolicyLoss),
                _ => actual.Value(Metric.All.Single(m => m.Name == metric.Name)),
            };
            LossAssert.Value(metric.Value.Number(), found, metric.Name);
            count += metric.Name.StartsWith("next/", StringComparison.Ordinal) ? 0 : 1;
        }

        Assert.Equal(count, actual.Count);
    }
}
