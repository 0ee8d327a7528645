using FastAlign.Alignment;
using FastAlign.Core;

namespace FastAlign.Tests.Losses;

/// <summary>The disentangled length head, and the goal-conditioned term: losses of rows and head weights.</summary>
public sealed class OdinLossTests
{
    private const int Width = 4;

    [Fact]
    public void Odin_UnitHeads_MatchesHandComputation()
    {
        // The weights centred and scaled are (1, -1, 0, 0) and (0, 0, 1, -1) over the root of 2.
        const double S = 0.70710678118654752;
        ScoreBatch batch = Batch([1, 0, 0, 0, 0, 0, 2, 0, 0, 1, 0, 0, 3, 0, 0, 0], [5, 3, 4, 4, 4, 4, 5, 3], [3, 5, 5, 3]);

        (double loss, _, MetricAccumulator metrics) = batch.Evaluate(Loss());

        // q = S (1, 0, -1, 3), l = S (0, 2, 0, 0), tokens - 4 = (-1, 1, 1, -1).
        double ofQuality = Pearson([1, 0, -1, 3], [3, 5, 5, 3]);
        double ofLength = Pearson([0, 2, 0, 0], [3, 5, 5, 3]);
        double ofSum = Pearson([1, 2, -1, 3], [3, 5, 5, 3]);
        double pairs = (Math.Log(1 + Math.Exp(S)) + Math.Log(1 + Math.Exp(4 * S))) / 2;
        Assert.Equal(pairs + 1 - ofLength + Math.Abs(ofQuality) + Math.Abs(ofSum), loss, 1e-14);
        Assert.Equal(ofQuality, metrics.Value(Metric.QualityLengthCorrelation), 1e-15);
        Assert.Equal(ofLength, metrics.Value(Metric.LengthLengthCorrelation), 1e-15);
        Assert.Equal(pairs + 1 - ofLength + Math.Abs(ofQuality), batch.Evaluate(Loss(Dialect.Original)).Loss, 1e-14);
    }

    [Theory, InlineData(Dialect.Trl), InlineData(Dialect.Original)]
    public void Odin_Gradient_MatchesFiniteDifferences(Dialect dialect) => RandomBatch().AssertFiniteDifferences(Loss(dialect, 0.7));

    [Fact]
    public void Odin_HeadScaledAndShifted_IsTheSame()
    {
        ScoreBatch batch = RandomBatch();
        double expected = batch.Evaluate(Loss()).Loss;

        for (int k = 0; k < batch.ScoreWeights.Length; k++)
        {
            batch.ScoreWeights[k] = (5 * batch.ScoreWeights[k]) + 2;
        }

        Assert.Equal(expected, batch.Evaluate(Loss()).Loss, 1e-13);
    }

    [Fact]
    public void Odin_EqualLengths_HasNoCorrelation()
    {
        ScoreBatch batch = RandomBatch().With(Column.SequenceTokens, 7, 7, 7, 7, 7, 7);

        (double loss, ScoreBatch.Derivatives d, MetricAccumulator metrics) = batch.Evaluate(Loss());

        Assert.True(double.IsFinite(loss));
        Assert.All(d.Embeddings, slope => Assert.True(double.IsFinite(slope)));
        Assert.Equal(0, metrics.Value(Metric.QualityLengthCorrelation));
    }

    [Fact]
    public void Odin_OneHeadOnly_SaysWhatIsExpected()
    {
        ScoreBatch batch = Batch(new double[8], [1, 2, 3, 4], [3, 5]);

        Assert.Contains("[2, 4]", Assert.Throws<ShapeException>(() => batch.Evaluate(Loss())).Message);
    }

    [Fact]
    public void GoalContrast_RightAngles_IsTwiceLn2()
    {
        // One sample: chosen rows score, source+, goal+, source-; rejected rows score, goal-. All cosines are 0.
        ScoreBatch batch = Contrast([0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 4], 1);

        (double loss, _, MetricAccumulator metrics) = batch.Evaluate(new GoalContrastLoss(new RewardOptions { ContrastSamples = 1 }));

        Assert.Equal(2 * Math.Log(2), metrics.Value(Metric.GoalContrast), 1e-15);
        Assert.Equal(Math.Log(2) + (0.5 * 2 * Math.Log(2)), loss, 1e-15);
    }

    [Fact]
    public void GoalContrast_BestAndWorst_AreTheBounds()
    {
        static double Term(double positive, double negative) => Contrast([0, 0, 0, 0, 1, 0, 0, 0, positive, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, negative, 0, 0, 0], 1)
            .Evaluate(new GoalContrastLoss(new RewardOptions { ContrastSamples = 1 })).Metrics.Value(Metric.GoalContrast);

        Assert.Equal(2 * Math.Log(1 + Math.Exp(-1)), Term(2, -3), 1e-14);
        Assert.Equal(2 * Math.Log(1 + Math.E), Term(-2, 3), 1e-14);
    }

    [Theory, InlineData(1, 1), InlineData(2, 1), InlineData(3, 2)]
    public void GoalContrast_Gradient_MatchesFiniteDifferences(int samples, int pairs)
    {
        int rows = pairs * ((4 * samples) + 2);
        double[] embeddings = [.. Enumerable.Range(0, rows * Width).Select(i => new Philox(3, RandomPurpose.Test, 0).Normal((ulong)i))];

        Contrast(embeddings, samples).AssertFiniteDifferences(new GoalContrastLoss(new RewardOptions { ContrastSamples = samples, ContrastCoefficient = 0.8 }));
    }

    [Fact]
    public void GoalContrast_OtherNumberOfRows_SaysWhichPair() => Assert.Contains(
        "pair 0", Assert.Throws<ShapeException>(() => Contrast(new double[24], 1).Evaluate(new GoalContrastLoss(new RewardOptions { ContrastSamples = 2 }))).Message);

    private static OdinLoss Loss(Dialect dialect = Dialect.Trl, double orthogonality = 1) =>
        new(new RewardOptions { Dialect = dialect, OrthogonalityCoefficient = orthogonality });

    private static ScoreBatch Batch(double[] embeddings, double[] weights, double[] tokens) => new ScoreBatch
    {
        Embeddings = embeddings,
        Width = Width,
        ScoreWeights = weights,
        RowStarts = [.. Enumerable.Range(0, tokens.Length + 1)],
        ExampleStarts = [.. Enumerable.Range(0, (tokens.Length / 2) + 1).Select(p => 2 * p)],
    }.With(Column.SequenceTokens, tokens);

    private static ScoreBatch RandomBatch()
    {
        var random = new Philox(2, RandomPurpose.Test, 0);
        return Batch(
            [.. Enumerable.Range(0, 6 * Width).Select(i => random.Normal((ulong)i))],
            [.. Enumerable.Range(100, 2 * Width).Select(i => random.Normal((ulong)i))],
            [3, 9, 4, 7, 12, 5]);
    }

    private static ScoreBatch Contrast(double[] embeddings, int samples)
    {
        int rows = embeddings.Length / Width;
        int pairs = rows / ((4 * samples) + 2);
        var starts = new List<int> { 0 };
        for (int p = 0; p < Math.Max(1, pairs); p++)
        {
            starts.Add(starts[^1] + (3 * samples) + 1);
            starts.Add(starts[^1] + samples + 1);
        }

        return new ScoreBatch
        {
            Embeddings = embeddings,
            Width = Width,
            Scores = new double[rows],
            RowStarts = [.. starts],
            ExampleStarts = [.. Enumerable.Range(0, Math.Max(1, pairs) + 1).Select(p => 2 * p)],
        };
    }

    private static double Pearson(double[] x, double[] y)
    {
        double Covariance(double[] a, double[] b) => a.Zip(b).Sum(pair => (pair.First - a.Average()) * (pair.Second - b.Average()));

        return Covariance(x, y) / Math.Sqrt(Covariance(x, x) * Covariance(y, y));
    }
}
