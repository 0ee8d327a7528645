using System.Text.Json;
using FastAlign.Alignment;

namespace FastAlign.Tests.Losses;

/// <summary>Rollouts of a micro-batch in arrays, and one evaluation of a policy loss on them.</summary>
internal sealed class PolicyBatch
{
    public required int[] RowStarts { get; init; }

    public required double[] LogProb { get; init; }

    public double[] Reference { get; init; } = [];

    public double[] Entropy { get; init; } = [];

    public double[] Weight { get; init; } = [];

    public Dictionary<Column, double[]> Columns { get; } = [];

    public StepCounts Counts => new(RowStarts.Length - 1, (long)(Weight.Length == 0 ? LogProb.Length : Weight.Sum())) { Examples = RowStarts.Length - 1 };

    /// <summary>Sequences of the given log-probs, under policy and old policy, with one advantage each; entropies are made up from the log-probs.</summary>
    public static PolicyBatch Of(double[][] logProb, double[][] old, double[] advantage)
    {
        PolicyBatch batch = new()
        {
            RowStarts = PairBatch.Starts(logProb),
            LogProb = [.. logProb.SelectMany(row => row)],
            Reference = [.. old.SelectMany(row => row.Select((value, t) => value + (0.25 * ((t % 3) - 1))))],
            Entropy = [.. logProb.SelectMany(row => row.Select((value, t) => -value + (0.1 * t)))],
        };
        batch.Columns[Column.OldLogProb] = [.. old.SelectMany(row => row)];
        batch.Columns[Column.SequenceAdvantage] = advantage;
        return batch;
    }

    /// <summary>The same rows in micro-batches of one sequence each.</summary>
    public IEnumerable<PolicyBatch> Split()
    {
        for (int s = 0; s < RowStarts.Length - 1; s++)
        {
            Range rows = RowStarts[s]..RowStarts[s + 1];
            PolicyBatch part = new()
            {
                RowStarts = [0, RowStarts[s + 1] - RowStarts[s]],
                LogProb = LogProb[rows],
                Reference = Reference.Length == 0 ? [] : Reference[rows],
                Entropy = Entropy.Length == 0 ? [] : Entropy[rows],
                Weight = Weight.Length == 0 ? [] : Weight[rows],
            };
            foreach ((Column column, double[] values) in Columns)
            {
                part.Columns[column] = column.Scope == ColumnScope.Row ? values[rows] : values[s..(s + 1)];
            }

            yield return part;
        }
    }

    public PolicyResult Evaluate(ILoss loss) => Evaluate(loss, Counts);

    public PolicyResult Evaluate(ILoss loss, StepCounts step)
    {
        var columns = new ColumnSet();
        foreach ((Column column, double[] values) in Columns)
        {
            values.CopyTo(columns.Take(column, values.Length));
        }

        LossInputs inputs = new()
        {
            LogProb = LogProb,
            RowStarts = RowStarts,
            ReferenceLogProb = Reference,
            Entropy = Entropy,
            Weight = Weight,
            Columns = columns,
        };
        double[] dLogProb = new double[LogProb.Length];
        double[] dEntropy = new double[LogProb.Length];
        MetricAccumulator metrics = new(MetricAveraging.MicroBatches);
        double value = loss.Evaluate(inputs, step, new LossGradients { LogProb = dLogProb, Entropy = dEntropy }, metrics);
        return new PolicyResult(value, dLogProb, dEntropy, metrics);
    }
}

/// <summary>What one evaluation gave.</summary>
internal sealed record PolicyResult(double Loss, double[] DLogProb, double[] DEntropy, MetricAccumulator Metrics);
