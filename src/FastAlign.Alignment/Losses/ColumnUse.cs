using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>Finds out whether a loss reads what the data say beside tokens: it is asked, on one example with made-up log-probs, with one value and with another.</summary>
public static class ColumnUse
{
    private const double First = 0.25;
    private const double Second = 0.75;

    /// <summary>Those of some columns that the data have and the loss does not look at.</summary>
    /// <param name="loss">A loss of its own: what it remembers is spoilt.</param>
    /// <param name="data">Examples.</param>
    /// <param name="labels">Outputs of the score head; 0 without one.</param>
    /// <param name="columns">Columns of one value an example.</param>
    public static IEnumerable<Column> Unused(ILoss loss, ITrainingData data, int labels, params IEnumerable<Column> columns)
    {
        // Losses of normed rows or head weights would need those, too.
        if ((loss.Heads & (ModelHeads.Embedding | ModelHeads.ScoreWeights)) != 0)
        {
            yield break;
        }

        var given = new ColumnSet();
        data.Fill([.. Enumerable.Range(0, data.Count)], given);
        foreach (Column column in columns)
        {
            if (!given.Values(column).IsEmpty && Evaluate(loss, data, labels, column, First).SequenceEqual(Evaluate(loss, data, labels, column, Second)))
            {
                yield return column;
            }
        }
    }

    /// <summary>Value and derivatives where the column says <paramref name="value"/>.</summary>
    private static double[] Evaluate(ILoss loss, ITrainingData data, int labels, Column column, double value)
    {
        TokenBatch batch = data.Build([0]);
        int rows = batch.RowCount;
        var columns = new ColumnSet();
        data.Fill([0], columns);
        columns.Take(column, 1)[0] = value;
        bool hasScores = (loss.Heads & ModelHeads.Score) != 0;
        bool hasLogProbs = (loss.Heads & ModelHeads.LogProb) != 0;
        double[] logProbs = [.. Enumerable.Range(0, rows).Select(t => -0.5 - (0.125 * (t % 5)))];
        double[] reference = [.. Enumerable.Range(0, rows).Select(t => -0.75 - (0.0625 * (t % 7)))];
        double[] gradient = new double[rows * Math.Max(1, labels)];
        var inputs = new LossInputs
        {
            LogProb = hasLogProbs ? logProbs : [],
            RowStarts = batch.RowStarts.Span,
            ExampleStarts = [0, batch.SequenceCount],
            ReferenceLogProb = hasLogProbs ? reference : [],
            Entropy = hasLogProbs ? reference : [],
            LogSumSquares = hasLogProbs ? reference : [],
            Scores = hasScores ? [.. Enumerable.Range(0, rows * labels).Select(t => 0.125 * (t % 7))] : [],
            Labels = hasScores ? labels : 0,
            Columns = columns,
        };
        var gradients = new LossGradients { LogProb = hasLogProbs ? gradient.AsSpan(0, rows) : [], Entropy = hasLogProbs ? new double[rows] : [], Scores = hasScores ? gradient : [] };
        double at = loss.Evaluate(inputs, data.Counts([0]), gradients, new MetricAccumulator(MetricAveraging.Items));
        return [at, .. gradient];
    }
}
