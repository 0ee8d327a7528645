using System.Text.Json;
using FastAlign.Alignment;

namespace FastAlign.Tests.Losses;

/// <summary>Judged completions in arrays, and one evaluation of a loss on them. The second sequence of an example, if it has one, is the mismatched one.</summary>
internal sealed class UnpairedBatch
{
    public required int[] RowStarts { get; init; }

    public required int[] ExampleStarts { get; init; }

    public required double[] LogProb { get; init; }

    public required double[] ReferenceLogProb { get; init; }

    public double[] Weight { get; init; } = [];

    public double[] Entropy { get; init; } = [];

    public double[] MeanLogit { get; init; } = [];

    public ColumnSet Columns { get; } = new();

    public StepCounts Counts => new(RowStarts.Length - 1, LogProb.Length) { Examples = ExampleStarts.Length - 1 };

    /// <summary>Completions with labels; <paramref name="mismatched"/> gives each a second sequence.</summary>
    public static UnpairedBatch Of(bool[] labels, double[][] logProb, double[][] reference, double[][]? mismatched = null, double[][]? mismatchedReference = null)
    {
        int stride = mismatched is null ? 1 : 2;
        double[][] rows = Interleave(logProb, mismatched);
        double[] byExample = [.. labels.Select(label => label ? 1.0 : 0)];
        var batch = new UnpairedBatch
        {
            RowStarts = PairBatch.Starts(rows),
            ExampleStarts = [.. Enumerable.Range(0, labels.Length + 1).Select(e => e * stride)],
            LogProb = [.. rows.SelectMany(row => row)],
            ReferenceLogProb = [.. Interleave(reference, mismatchedReference).SelectMany(row => row)],
        };
        return batch.With(Column.Label, byExample);
    }

    /// <summary>A batch of losses/kto.json or losses/bco.json.</summary>
    public static UnpairedBatch FromGolden(JsonElement golden)
    {
        bool[] labels = [.. golden.GetProperty("label").EnumerateArray().Select(label => label.GetBoolean())];
        double[][]? Rows(string name) => golden.TryGetProperty(name, out JsonElement rows) ? PairBatch.Ragged(rows) : null;
        double[][]? mismatched = Rows("KL_logp");
        UnpairedBatch plain = Of(labels, Rows("logp")!, Rows("ref_logp")!, mismatched, Rows("KL_ref_logp"));
        double[] PerToken(string name) => Rows(name) is { } rows ? [.. Interleave(rows, mismatched).SelectMany(row => row)] : [];
        var batch = new UnpairedBatch
        {
            RowStarts = plain.RowStarts,
            ExampleStarts = plain.ExampleStarts,
            LogProb = plain.LogProb,
            ReferenceLogProb = plain.ReferenceLogProb,
            Entropy = PerToken("entropy"),
            MeanLogit = PerToken("mean_logit"),
        };
        batch.With(Column.Label, [.. labels.Select(label => label ? 1.0 : 0)]);
        if (golden.TryGetProperty("prob_desirable", out JsonElement probabilities))
        {
            // The golden lists undesirable rows only.
            var next = new Queue<double>(probabilities.Numbers());
            batch.With(Column.DesirableProbability, [.. labels.Select(label => label ? double.NaN : next.Dequeue())]);
        }

        return batch;
    }

    /// <summary>Adds a column from one value for each example.</summary>
    public UnpairedBatch With(Column column, double[] byExample)
    {
        if (column.Scope == ColumnScope.Example)
        {
            byExample.CopyTo(Columns.Take(column, byExample.Length));
            return this;
        }

        Span<double> values = Columns.Take(column, RowStarts.Length - 1);
        for (int e = 0; e < byExample.Length; e++)
        {
            values[ExampleStarts[e]..ExampleStarts[e + 1]].Fill(byExample[e]);
        }

        return this;
    }

    public double Evaluate(ILoss loss, StepCounts step, Span<double> dLogProb, MetricAccumulator metrics) => loss.Evaluate(
        new LossInputs
        {
            LogProb = LogProb,
            RowStarts = RowStarts,
            ExampleStarts = ExampleStarts,
            ReferenceLogProb = ReferenceLogProb,
            Weight = Weight,
            Entropy = Entropy,
            MeanLogit = MeanLogit,
            Columns = Columns,
        },
        step,
        new LossGradients { LogProb = dLogProb },
        metrics);

    public (double Loss, double[] DLogProb, MetricAccumulator Metrics) Evaluate(ILoss loss, StepCounts? step = null)
    {
        double[] dLogProb = new double[LogProb.Length];
        MetricAccumulator metrics = new(MetricAveraging.Items);
        return (Evaluate(loss, step ?? Counts, dLogProb, metrics), dLogProb, metrics);
    }

    /// <summary>Entries of the judged completions alone, in order.</summary>
    public double[] Judged(double[] perToken) =>
        [.. Enumerable.Range(0, ExampleStarts.Length - 1).SelectMany(e => perToken[RowStarts[ExampleStarts[e]]..RowStarts[ExampleStarts[e] + 1]])];

    private static double[][] Interleave(double[][] rows, double[][]? second) =>
        second is null ? rows : [.. rows.Zip(second, (a, b) => new[] { a, b }).SelectMany(pair => pair)];
}
