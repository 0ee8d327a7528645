using FastAlign.Alignment;
using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Losses;

public sealed class PairLossTests
{
    private static readonly double[][] Policy = [[-1.5, -0.25, -2], [-0.5, -3], [-0.75], [-1, -2, -0.125, -4], [-2.5, -1], [-0.5]];

    private static readonly double[][] Reference = [[-1.25, -0.5, -2.5], [-1, -2], [-1.75], [-1.5, -1, -0.25, -3], [-2, -1.5], [-1.5]];

    [Fact]
    public void Evaluate_OnePair_MatchesHandComputation()
    {
        // c = -1 - -2 = 1, r = -3 - -2.5 = -0.5, x = 0.2 * 1.5 = 0.3; log(1 + e^-0.3) = 0.554355244468527, sigmoid(-0.3) = 0.425557483188341.
        PairBatch batch = PairBatch.Of([[-1], [-3]], [[-2], [-2.5]]);

        (double value, double[] dLogProb, MetricAccumulator metrics) = batch.Evaluate(Sigmoid(0.2));

        Assert.Equal(0.554355244468527, value, 1e-14);
        Assert.Equal(-0.2 * 0.425557483188341, dLogProb[0], 1e-14);
        Assert.Equal(0.2 * 0.425557483188341, dLogProb[1], 1e-14);
        Assert.Equal(0.2, metrics.Value(Metric.RewardsChosen), 1e-15);
        Assert.Equal(-0.1, metrics.Value(Metric.RewardsRejected), 1e-15);
        Assert.Equal(1, metrics.Value(Metric.RewardsAccuracies));
    }

    [Theory]
    [InlineData(0, Dialect.Trl)]
    [InlineData(0.3, Dialect.Trl)]
    [InlineData(0.3, Dialect.Original)]
    public void Evaluate_AnyDialect_GradientMatchesFiniteDifferences(double smoothing, Dialect dialect) =>
        LossAssert.FiniteDifferences(PairBatch.Of(Policy, Reference), Sigmoid(0.7, smoothing, dialect));

    [Fact]
    public void Evaluate_OriginalDialect_SmoothsLabels()
    {
        PairBatch batch = PairBatch.Of([[-1], [-3]], [[-2], [-2.5]]);

        // 0.9 log(1 + e^-0.3) + 0.1 log(1 + e^0.3), the second being the first plus 0.3.
        double value = batch.Evaluate(Sigmoid(0.2, 0.1, Dialect.Original)).Loss;

        Assert.Equal(0.554355244468527 + (0.1 * 0.3), value, 1e-14);
    }

    [Fact]
    public void Warnings_TrlDialectWithLabelSmoothing_SayItIsIgnored()
    {
        Assert.Contains("label_smoothing", Assert.Single(Sigmoid(0.1, 0.1).Warnings));
        Assert.Empty(Sigmoid(0.1).Warnings);
        Assert.Empty(Sigmoid(0.1, 0.1, Dialect.Original).Warnings);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Evaluate_StepZero_IsLogTwoExactly(int pairs)
    {
        double[][] rows = [.. Enumerable.Range(0, 2 * pairs).Select(s => new[] { -0.1 * (s + 1), -1.7 })];

        (double value, _, MetricAccumulator metrics) = PairBatch.Of(rows, rows).Evaluate(Sigmoid(0.1));

        Assert.Equal(Math.Log(2), value);
        Assert.Equal(0, metrics.Value(Metric.RewardsAccuracies));
        Assert.Equal(0, metrics.Value(Metric.RewardsMargins));
    }

    [Theory]
    [InlineData(1e4)]
    [InlineData(-1e4)]
    [InlineData(1e300)]
    [InlineData(-1e300)]
    public void Evaluate_ExtremeLogRatio_IsFiniteAndLinearInTheTail(double ratio)
    {
        PairBatch batch = PairBatch.Of([[ratio], [0]], [[0], [0]]);

        (double value, double[] dLogProb, _) = batch.Evaluate(Sigmoid(0.5));

        Assert.Equal(Math.Max(0, -0.5 * ratio), value);
        Assert.Equal(ratio > 0 ? 0 : -0.5, dLogProb[0]);
    }

    [Fact]
    public void Evaluate_SmallTail_KeepsItsDigits()
    {
        // log(1 + e^-40) = e^-40 to 17 digits; a log of 1 + x would give 0.
        double value = PairBatch.Of([[40], [0]], [[0], [0]]).Evaluate(Sigmoid(1)).Loss;

        Assert.Equal(Math.Exp(-40), value, Math.Exp(-40) * 1e-15);
    }

    [Fact]
    public void Evaluate_SidesSwapped_NegatesMarginAndExchangesGradients()
    {
        PairBatch forward = PairBatch.Of([[-1, -2], [-3]], [[-2, -1.5], [-2.5]]);
        PairBatch backward = PairBatch.Of([[-3], [-1, -2]], [[-2.5], [-2, -1.5]]);
        ILoss loss = Sigmoid(0.4);

        (double value, double[] d, MetricAccumulator metrics) = forward.Evaluate(loss);
        (double swapped, double[] dSwapped, MetricAccumulator metricsSwapped) = backward.Evaluate(loss);

        double margin = metrics.Value(Metric.RewardsMargins);
        Assert.Equal(-margin, metricsSwapped.Value(Metric.RewardsMargins));
        Assert.Equal(margin, swapped - value, 1e-15);

        // sigmoid(x) + sigmoid(-x) = 1
        Assert.Equal(-0.4, d[0] + dSwapped[0], 1e-15);
    }

    [Fact]
    public void Evaluate_SplitIntoMicroBatches_AddsUpToTheWhole()
    {
        PairBatch whole = PairBatch.Of(Policy, Reference);
        PairBatch first = PairBatch.Of(Policy[..2], Reference[..2]);
        PairBatch rest = PairBatch.Of(Policy[2..], Reference[2..]);
        ILoss loss = Sigmoid(0.3);
        MetricAccumulator metrics = new(MetricAveraging.Items);
        double[] dFirst = new double[first.LogProb.Length];
        double[] dRest = new double[rest.LogProb.Length];

        double sum = first.Evaluate(loss, first.Counts + rest.Counts, dFirst, metrics) + rest.Evaluate(loss, first.Counts + rest.Counts, dRest, metrics);

        (double value, double[] gradient, MetricAccumulator wholeMetrics) = whole.Evaluate(loss);
        Assert.Equal(value, sum, 1e-15);
        Assert.Equal(gradient, dFirst.Concat(dRest));
        Assert.Equal(wholeMetrics.Value(Metric.RewardsMargins), metrics.Value(Metric.RewardsMargins), 1e-15);
    }

    [Fact]
    public void Evaluate_MaskedRows_EqualRowsLeftOut()
    {
        PairBatch masked = new()
        {
            RowStarts = [0, 3, 5],
            LogProb = [-1, double.NegativeInfinity, -2, -3, -9],
            ReferenceLogProb = [-2, -7, -1, -2, -4],
            Weight = [1, 0, 0.5, 1, 0],
        };
        PairBatch plain = PairBatch.Of([[-1, -1], [-3]], [[-2, -0.5], [-2]]);

        (double value, double[] d, _) = masked.Evaluate(Sigmoid(0.1));

        (double expected, double[] dPlain, _) = plain.Evaluate(Sigmoid(0.1));
        Assert.Equal(expected, value);
        Assert.Equal([dPlain[0], 0, 0.5 * dPlain[0], dPlain[2], 0], d);
    }

    [Fact]
    public void Evaluate_CompletionWithoutRows_CountsAsZeroStatistic()
    {
        (double value, double[] d, _) = PairBatch.Of([[], [-2]], [[], [-1]]).Evaluate(Sigmoid(1));

        // x = 0 - (-1) = 1.
        Assert.Equal(Math.Log(1 + Math.Exp(-1)), value, 1e-15);
        Assert.Equal(1 / (1 + Math.E), Assert.Single(d), 1e-15);
    }

    [Fact]
    public void Evaluate_Repeated_AllocatesNothing()
    {
        PairBatch batch = PairBatch.Of(Policy, Reference);
        ILoss loss = Sigmoid(0.1);
        double[] d = new double[batch.LogProb.Length];

        LossAssert.AllocatesNothing(metrics => batch.Evaluate(loss, batch.Counts, d, metrics));
    }

    [Fact]
    public void Evaluate_NoReference_SaysWhatIsMissing()
    {
        PairBatch batch = PairBatch.Of([[-1], [-2]], []);

        Assert.Contains("referenceLogProb", Assert.Throws<ShapeException>(() => batch.Evaluate(Sigmoid(0.1))).Message);
    }

    [Fact]
    public void Evaluate_OddNumberOfSequences_SaysWhatIsExpected()
    {
        PairBatch batch = PairBatch.Of([[-1], [-2], [-3]], [[-1], [-2], [-3]]);

        Assert.Contains("pairs", Assert.Throws<ShapeException>(() => batch.Evaluate(Sigmoid(0.1))).Message);
    }

    [Theory]
    [InlineData(0, 0, "beta")]
    [InlineData(double.NaN, 0, "beta")]
    [InlineData(0.1, 0.5, "label_smoothing")]
    [InlineData(0.1, -0.1, "label_smoothing")]
    public void Options_OutOfRange_NamesTheOption(double beta, double smoothing, string option) =>
        Assert.StartsWith(option, Assert.Throws<InputException>(() => Sigmoid(beta, smoothing)).Message);

    [Fact]
    public void Catalog_UnknownName_ListsTheKnownOnes() =>
        Assert.Contains("sigmoid", Assert.Throws<InputException>(() => PairLosses.Dpo(new DpoOptions { LossTypes = ["sigmoidal"] })).Message);

    private static PairLoss Sigmoid(double beta, double smoothing = 0, Dialect dialect = Dialect.Trl) =>
        PairLosses.Dpo(new DpoOptions { Beta = beta, LabelSmoothing = smoothing, Dialect = dialect });
}
