using System.Text.Json;
using FastAlign.Alignment;
using Xunit;

namespace FastAlign.Tests.Losses;

internal static class LossAssert
{
    /// <summary>Limits of the golden's README: 1e-9 max(1, |expected|) for values, 1e-9 max(1, max |g|) for gradients.</summary>
    private const double Tolerance = 1e-9;

    public static void Value(double expected, double actual, string name) =>
        Assert.True(IsSame(expected, actual) || Math.Abs(expected - actual) <= Tolerance * Math.Max(1, Math.Abs(expected)), $"{name}: expected {expected:R}, got {actual:R}");

    public static void Gradients(double[] expected, double[] actual)
    {
        double limit = Tolerance * Math.Max(1, expected.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max());
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(
            expected.Zip(actual),
            pair => Assert.True(IsSame(pair.First, pair.Second) || Math.Abs(pair.First - pair.Second) <= limit, $"expected {pair.First:R}, got {pair.Second:R}"));
    }

    /// <summary>Every metric that TRL logs, and none beside.</summary>
    public static void Metrics(JsonElement expected, MetricAccumulator actual)
    {
        foreach (JsonProperty metric in expected.EnumerateObject())
        {
            Value(metric.Value.Number(), actual.Value(Metric.All.Concat(PairMetrics.All).Single(m => m.Name == metric.Name)), metric.Name);
        }

        Assert.Equal(expected.EnumerateObject().Count(), actual.Count);
    }

    /// <summary>The same NaN or infinity, where the library overflows.</summary>
    private static bool IsSame(double expected, double actual) => !double.IsFinite(expected) && expected.Equals(actual);

    /// <summary>
    /// Central differences of step h = 1e-5: truncation h^2 f'''/6 and rounding ulp(f)/h stay below 2e-11 max(1, |f|) each where third derivatives are
    /// below 1; the limit leaves a factor of 25.
    /// </summary>
    /// <param name="batch">Rows.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="isDetached">Rows whose part in the loss is a constant: their gradient must be 0 though the value depends on them.</param>
    public static void FiniteDifferences(PairBatch batch, ILoss loss, bool[]? isDetached = null)
    {
        const double H = 1e-5;
        (double value, double[] gradient, _) = batch.Evaluate(loss);
        for (int t = 0; t < gradient.Length; t++)
        {
            if (isDetached is not null && isDetached[t])
            {
                Assert.Equal(0, gradient[t]);
                continue;
            }

            double at = batch.LogProb[t];
            batch.LogProb[t] = at + H;
            double above = batch.Evaluate(loss).Loss;
            batch.LogProb[t] = at - H;
            double below = batch.Evaluate(loss).Loss;
            batch.LogProb[t] = at;
            Assert.Equal((above - below) / (2 * H), gradient[t], 1e-9 * Math.Max(1, Math.Abs(value)));
        }
    }

    /// <summary>A second evaluation into a reset accumulator takes nothing from the heap: buffers have grown in the first.</summary>
    public static void AllocatesNothing(Action<MetricAccumulator> evaluate)
    {
        MetricAccumulator metrics = new(MetricAveraging.MicroBatches);
        evaluate(metrics);

        long before = GC.GetAllocatedBytesForCurrentThread();
        metrics.Reset();
        evaluate(metrics);
        long after = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(before, after);
    }
}
