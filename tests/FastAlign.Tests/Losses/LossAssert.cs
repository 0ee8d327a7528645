using System.Text.Json;
using FastAlign.Alignment;
using Xunit;

namespace FastAlign.Tests.Losses;

internal static class LossAssert
{
    /// <summary>Limits of the golden's README: 1e-9 max(1, |expected|) for values, 1e-9 max(1, max |g|) for gradients.</summary>
    private const double Tolerance = 1e-9;

    public static void Value(double expected, double actual, string name) =>
        Assert.True(Math.Abs(expected - actual) <= Tolerance * Math.Max(1, Math.Abs(expected)), $"{name}: expected {expected:R}, got {actual:R}");

    public static void Gradients(double[] expected, double[] actual)
    {
        double limit = Tolerance * Math.Max(1, expected.Max(Math.Abs));
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= limit, $"expected {pair.First:R}, got {pair.Second:R}"));
    }

    /// <summary>Every metric that TRL logs, and none beside.</summary>
    public static void Metrics(JsonElement expected, MetricAccumulator actual)
    {
        foreach (JsonProperty metric in expected.EnumerateObject())
        {
            Value(metric.Value.Number(), actual.Value(Metric.All.Single(m => m.Name == metric.Name)), metric.Name);
        }

        Assert.Equal(expected.EnumerateObject().Count(), actual.Count);
    }

    /// <summary>
    /// Central differences of step h = 1e-5: truncation h^2 f'''/6 and rounding ulp(f)/h stay below 2e-11 max(1, |f|) each where third derivatives are
    /// below 1; the limit leaves a factor of 25.
    /// </summary>
    public static void FiniteDifferences(PairBatch batch, ILoss loss)
    {
        const double H = 1e-5;
        (double value, double[] gradient, _) = batch.Evaluate(loss);
        for (int t = 0; t < gradient.Length; t++)
        {
            double at = batch.LogProb[t];
            batch.LogProb[t] = at + H;
            double above = batch.Evaluate(loss).Loss;
            batch.LogProb[t] = at - H;
            double below = batch.Evaluate(loss).Loss;
            batch.LogProb[t] = at;
            Assert.Equal((above - below) / (2 * H), gradient[t], 1e-9 * Math.Max(1, Math.Abs(value)));
        }
    }
}
