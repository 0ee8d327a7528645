using System.Text.Json;
using FastAlign.Alignment;

namespace FastAlign.Tests.Losses;

/// <summary>Rows of a micro-batch in arrays, and one evaluation of a loss on them.</summary>
internal sealed class PairBatch
{
    public required int[] RowStarts { get; init; }

    public required double[] LogProb { get; init; }

    public double[] ReferenceLogProb { get; init; } = [];

    public double[] Weight { get; init; } = [];

    public double[] Entropy { get; init; } = [];

    public double[] MeanLogit { get; init; } = [];

    public int[] Target { get; init; } = [];

    public int[] ArgMax { get; init; } = [];

    public double[] LogSumSquares { get; init; } = [];

    /// <summary>Sequences of an example.</summary>
    public int SequencesPerExample { get; init; } = 2;

    /// <summary>Columns and their values.</summary>
    public (Column Column, double[] Values)[] Columns { get; init; } = [];

    /// <summary>First sequence of each example, where they differ in how many they have.</summary>
    public int[] ExampleStarts
    {
        get => field ??= [.. Enumerable.Range(0, ((RowStarts.Length - 1) / SequencesPerExample) + 1).Select(e => e * SequencesPerExample)];
        init;
    }

    public StepCounts Counts => StepCounts.Of(RowStarts, SequencesPerExample) with { Examples = ExampleStarts.Length - 1 };

    private ColumnSet ColumnSet { get => field ??= Fill(); }

    /// <summary>Sequences of the given log-probs, policy and reference.</summary>
    public static PairBatch Of(double[][] logProb, double[][] reference, params (Column Column, double[] Values)[] columns) => new()
    {
        Columns = columns,
        RowStarts = Starts(logProb),
        LogProb = [.. logProb.SelectMany(row => row)],
        ReferenceLogProb = [.. reference.SelectMany(row => row)],
    };

    /// <summary>A batch of losses/dpo.json: pair by pair, chosen then rejected.</summary>
    public static PairBatch FromGolden(JsonElement batch)
    {
        double[] isTop = Interleave(batch, "is_top1");
        double[][] chosen = Ragged(batch.GetProperty("chosen_logp"));
        double[][] rejected = Ragged(batch.GetProperty("rejected_logp"));
        return new PairBatch
        {
            RowStarts = Starts([.. chosen.Zip(rejected).SelectMany(pair => new[] { pair.First, pair.Second })]),
            LogProb = Interleave(batch, "logp"),
            ReferenceLogProb = Interleave(batch, "ref_logp"),
            Entropy = Interleave(batch, "entropy"),
            MeanLogit = Interleave(batch, "mean_logit"),
            LogSumSquares = Interleave(batch, "log_sum_sq"),
            Target = new int[isTop.Length],
            ArgMax = [.. isTop.Select(top => 1 - (int)top)],
        };
    }

    /// <summary>Per-token values of both sides of a golden, in our order of rows.</summary>
    public static double[] Interleave(JsonElement owner, string name, string prefix = "") =>
    [
        .. Ragged(owner.GetProperty($"{prefix}chosen_{name}")).Zip(Ragged(owner.GetProperty($"{prefix}rejected_{name}"))).SelectMany(pair => pair.First.Concat(pair.Second)),
    ];

    public static double[][] Ragged(JsonElement rows) => [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(Value).ToArray())];

    public static int[] Starts(IReadOnlyList<double[]> rows)
    {
        int[] starts = new int[rows.Count + 1];
        for (int s = 0; s < rows.Count; s++)
        {
            starts[s + 1] = starts[s] + rows[s].Length;
        }

        return starts;
    }

    public double Evaluate(ILoss loss, StepCounts step, Span<double> dLogProb, MetricAccumulator metrics)
    {
        LossInputs inputs = new()
        {
            LogProb = LogProb,
            RowStarts = RowStarts,
            ExampleStarts = ExampleStarts[^1] == RowStarts.Length - 1 ? ExampleStarts : [],
            Columns = Columns.Length == 0 ? null : ColumnSet,
            LogSumSquares = LogSumSquares,
            ReferenceLogProb = ReferenceLogProb,
            Weight = Weight,
            Entropy = Entropy,
            MeanLogit = MeanLogit,
            Target = Target,
            ArgMax = ArgMax,
        };
        return loss.Evaluate(inputs, step, new LossGradients { LogProb = dLogProb }, metrics);
    }

    public (double Loss, double[] DLogProb, MetricAccumulator Metrics) Evaluate(ILoss loss)
    {
        double[] dLogProb = new double[LogProb.Length];
        MetricAccumulator metrics = new(MetricAveraging.Items);
        return (Evaluate(loss, Counts, dLogProb, metrics), dLogProb, metrics);
    }

    private ColumnSet Fill()
    {
        var set = new ColumnSet();
        foreach ((Column column, double[] values) in Columns)
        {
            values.CopyTo(set.Take(column, values.Length));
        }

        return set;
    }

    private static double Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => element.Number(),
    };
}
