using FastAlign.Alignment;
using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Losses;

public sealed class NegativeAwareLossTests
{
    private static readonly double[] Rewards = [1, 0, 0, 0, 1];

    private static readonly double[][] Old = [[-1, -2], [-0.5], [-1.5, -0.25, -3], [-2], [-0.125, -1]];

    /// <summary>Chen et al., 2025, section 4: on the policy that sampled, the gradient is the policy gradient of these advantages.</summary>
    [Theory]
    [InlineData(PassRateWeight.FailureRate)]
    [InlineData(PassRateWeight.Grpo)]
    public void Evaluate_OnPolicy_GradientEqualsGrpo(PassRateWeight weight)
    {
        const double Rate = 0.4;
        ILoss loss = Create(new UnpairedOptions { PassRateWeight = weight });

        (_, double[] d, _) = Batch(Old).Evaluate(loss);

        // Rewards of 0 and 1 with mean q have the population deviation sqrt(q (1 - q)).
        double scale = weight == PassRateWeight.Grpo ? Math.Sqrt(Rate * (1 - Rate)) : 1;
        double[] expected = [.. Old.SelectMany((row, i) => row.Select(_ => -(Rewards[i] - Rate) / scale / 9))];
        Assert.Equal(expected, d, (a, b) => Math.Abs(a - b) < 1e-15);
    }

    [Fact]
    public void Evaluate_WrongAnswer_MatchesHandComputation()
    {
        // R = e^0.5, q = 0.4: x = (1 - 0.4 R) / 0.6 = 0.5675; slope of -log x by log R: q R / (1 - q) / x. Weight 1 - q.
        UnpairedBatch batch = UnpairedBatch.Of([false], [[-1]], [[-1.5]]).With(Column.PassRate, [0.4]);
        double x = (1 - (0.4 * Math.Exp(0.5))) / 0.6;

        (double value, double[] d, _) = batch.Evaluate(Create(new UnpairedOptions { Epsilon = 0.1 }));
        (double clipped, double[] dClipped, _) = batch.Evaluate(Create(new UnpairedOptions { Epsilon = 1 }));

        Assert.Equal(-0.6 * Math.Log(x), value, 1e-15);
        Assert.Equal(0.4 * Math.Exp(0.5) / x, d[0], 1e-14);

        // The straight-through clip keeps the slope of x over the clipped value.
        Assert.Equal(0, clipped, 1e-15);
        Assert.Equal(0.4 * Math.Exp(0.5), dClipped[0], 1e-15);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(1e-3)]
    public void Evaluate_UnclippedRatios_GradientMatchesFiniteDifferences(double epsilon)
    {
        const double H = 1e-5;
        UnpairedBatch batch = Batch([[-1.25, -1.75], [-0.5], [-1, -0.5, -3.25], [-2.25], [-0.25, -1]]);
        ILoss loss = Create(new UnpairedOptions { Epsilon = epsilon });
        double[] gradient = batch.Evaluate(loss).DLogProb;

        for (int t = 0; t < gradient.Length; t++)
        {
            double at = batch.LogProb[t];
            batch.LogProb[t] = at + H;
            double above = batch.Evaluate(loss).Loss;
            batch.LogProb[t] = at - H;
            double below = batch.Evaluate(loss).Loss;
            batch.LogProb[t] = at;

            // Third derivatives here stay below 10: truncation 2e-10, rounding 1e-11.
            Assert.Equal((above - below) / (2 * H), gradient[t], 1e-9);
        }
    }

    [Fact]
    public void Evaluate_NegativeWeightZero_IsRejectionFineTuning()
    {
        (_, double[] d, _) = Batch(Old).Evaluate(Create(new UnpairedOptions { NegativeWeight = 0, PassRateWeight = PassRateWeight.None }));

        Assert.Equal([.. Old.SelectMany((row, i) => row.Select(_ => -Rewards[i] / 9))], d, (a, b) => Math.Abs(a - b) < 1e-15);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Evaluate_PureGroup_TakesNoPart(double rate)
    {
        UnpairedBatch batch = UnpairedBatch.Of([rate == 1], [[-1]], [[-1.5]]).With(Column.PassRate, [rate]);

        (double value, double[] d, _) = batch.Evaluate(Create(new()));

        Assert.Equal(0, value);
        Assert.Equal(0, d[0]);
    }

    [Fact]
    public void Evaluate_RecordedLogProbs_GoBeforeTheReference()
    {
        UnpairedBatch batch = UnpairedBatch.Of([true], [[-1]], [[-5]]).With(Column.PassRate, [0.5]);
        batch.Columns.Take(Column.OldLogProb, 1)[0] = -1;

        Assert.Equal(0, batch.Evaluate(Create(new())).Loss);
    }

    [Fact]
    public void Evaluate_OriginalDialect_DividesByTheAuthorsConstant()
    {
        double trl = Batch([[-1.25, -1.75], [-0.5], [-1, -0.5, -3.25], [-2.25], [-0.25, -1]]).Evaluate(Create(new())).Loss;
        double original = Batch([[-1.25, -1.75], [-0.5], [-1, -0.5, -3.25], [-2.25], [-0.25, -1]]).Evaluate(Create(new UnpairedOptions { Dialect = Dialect.Original })).Loss;

        Assert.Equal(trl * 9 / 1000, original, 1e-15);
    }

    [Fact]
    public void Evaluate_NoPassRate_SaysWhatIsMissing() => Assert.Contains(
        "pass_rate",
        Assert.Throws<ShapeException>(() => UnpairedBatch.Of([true], [[-1]], [[-1]]).Evaluate(Create(new()))).Message,
        StringComparison.Ordinal);

    private static ILoss Create(UnpairedOptions options) => UnpairedLosses.Create("nft", options);

    private static UnpairedBatch Batch(double[][] policy) =>
        UnpairedBatch.Of([.. Rewards.Select(r => r == 1)], policy, Old).With(Column.PassRate, [0.4, 0.4, 0.4, 0.4, 0.4]);
}
