using FastAlign.Alignment;

namespace FastAlign.Tests.Losses;

/// <summary>Scores and normed rows of a micro-batch in arrays, and one evaluation of a loss on them.</summary>
internal sealed class ScoreBatch
{
    private readonly ColumnSet _columns = new();

    public double[] Scores { get; init; } = [];

    public int Labels { get; init; } = 1;

    public double[] Embeddings { get; init; } = [];

    public int Width { get; init; }

    public double[] ScoreWeights { get; init; } = [];

    public required int[] RowStarts { get; init; }

    public required int[] ExampleStarts { get; init; }

    public StepCounts Counts => new(RowStarts.Length - 1, RowStarts[^1]) { Examples = ExampleStarts.Length - 1 };

    /// <summary>One row a sequence, two sequences a pair.</summary>
    public static ScoreBatch Pairs(params double[] scores) => new()
    {
        Scores = scores,
        RowStarts = [.. Enumerable.Range(0, scores.Length + 1)],
        ExampleStarts = [.. Enumerable.Range(0, (scores.Length / 2) + 1).Select(p => 2 * p)],
    };

    /// <summary>One row a sequence, lists of the given lengths.</summary>
    public static ScoreBatch Lists(double[] scores, params int[] lengths)
    {
        int[] starts = new int[lengths.Length + 1];
        for (int i = 0; i < lengths.Length; i++)
        {
            starts[i + 1] = starts[i] + lengths[i];
        }

        return new ScoreBatch { Scores = scores, RowStarts = [.. Enumerable.Range(0, scores.Length + 1)], ExampleStarts = starts };
    }

    public ScoreBatch With(Column column, params double[] values)
    {
        values.CopyTo(_columns.Take(column, values.Length));
        return this;
    }

    public double Evaluate(ILoss loss, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        LossInputs inputs = new()
        {
            LogProb = [],
            Scores = Scores,
            Labels = Scores.Length == 0 ? 0 : Labels,
            Embeddings = Embeddings,
            Width = Width,
            ScoreWeights = ScoreWeights,
            RowStarts = RowStarts,
            ExampleStarts = ExampleStarts,
            Columns = _columns,
        };
        return loss.Evaluate(inputs, step, gradients, metrics);
    }

    public (double Loss, Derivatives Derivatives, MetricAccumulator Metrics) Evaluate(ILoss loss)
    {
        var d = new Derivatives(new double[Scores.Length], new double[Embeddings.Length], new double[ScoreWeights.Length]);
        var metrics = new MetricAccumulator(MetricAveraging.Items);
        return (Evaluate(loss, Counts, d.Gradients, metrics), d, metrics);
    }

    /// <summary>By every score, embedding and head weight: see <see cref="LossAssert.FiniteDifferences"/> for the limit.</summary>
    public void AssertFiniteDifferences(ILoss loss)
    {
        (double value, Derivatives d, _) = Evaluate(loss);
        AssertFiniteDifferences(loss, value, Scores, d.Scores);
        AssertFiniteDifferences(loss, value, Embeddings, d.Embeddings);
        AssertFiniteDifferences(loss, value, ScoreWeights, d.ScoreWeights);
    }

    private void AssertFiniteDifferences(ILoss loss, double value, double[] at, double[] gradient)
    {
        const double H = 1e-5;
        for (int i = 0; i < at.Length; i++)
        {
            double x = at[i];
            at[i] = x + H;
            double above = Evaluate(loss).Loss;
            at[i] = x - H;
            double below = Evaluate(loss).Loss;
            at[i] = x;
            Assert.Equal((above - below) / (2 * H), gradient[i], 1e-9 * Math.Max(1, Math.Abs(value)));
        }
    }

    /// <summary>What a loss assigned.</summary>
    public sealed record Derivatives(double[] Scores, double[] Embeddings, double[] ScoreWeights)
    {
        public LossGradients Gradients => new() { LogProb = [], Scores = Scores, Embeddings = Embeddings, ScoreWeights = ScoreWeights };
    }
}
