using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// What the heads say of the R scored rows of one micro-batch, in double on the host. Rows are grouped by sequence; paired losses take sequences
/// pair by pair, chosen then rejected:
/// <code>
/// sequence   0 = chosen of pair 0   1 = rejected of pair 0   2 = chosen of pair 1 ...
/// rows       [RowStarts[0], [1])    [RowStarts[1], [2])      [RowStarts[2], [3])
/// </code>
/// </summary>
/// <remarks>Spans that a caller has no use for may stay empty: without a reference the reference log-probs count as 0, without weights each weight is 1,
/// and a metric whose span is empty is not reported.</remarks>
public readonly ref struct LossInputs
{
    /// <summary>[R] log-probs of the policy, nats; empty for losses of scores only.</summary>
    public required ReadOnlySpan<double> LogProb { get; init; }

    /// <summary>[S + 1] first row of each sequence, ascending from 0 to R; a sequence may have no rows.</summary>
    public required ReadOnlySpan<int> RowStarts { get; init; }

    /// <summary>[R] log-probs of the frozen reference, nats, or empty.</summary>
    public ReadOnlySpan<double> ReferenceLogProb { get; init; }

    /// <summary>[E + 1] first sequence of each example, ascending from 0 to S, where examples have more than one sequence or differ in that; or empty: one each.</summary>
    public ReadOnlySpan<int> ExampleStarts { get; init; }

    /// <summary>[R] weight w_t of each row in its loss (a mask is 0 or 1), or empty for 1. Metrics other than rewards and log-probs ignore it.</summary>
    public ReadOnlySpan<double> Weight { get; init; }

    /// <summary>[R] entropies of the policy, nats, or empty. For metrics.</summary>
    public ReadOnlySpan<double> Entropy { get; init; }

    /// <summary>[R] <c>log sum_v p_v^2</c> of the policy, or empty.</summary>
    public ReadOnlySpan<double> LogSumSquares { get; init; }

    /// <summary>[R] mean logits over the vocabulary, or empty. For metrics.</summary>
    public ReadOnlySpan<double> MeanLogit { get; init; }

    /// <summary>[R] divergence of the policy from its teacher, nats, or empty. For distillation; the reference log-probs are then the teacher's.</summary>
    public ReadOnlySpan<double> Divergence { get; init; }

    /// <summary>[R] log-probs of the policy at the temperature of distillation, nats, or empty where that is the temperature of <see cref="LogProb"/>.</summary>
    public ReadOnlySpan<double> TemperedLogProb { get; init; }

    /// <summary>[R] scored tokens, or empty. For metrics.</summary>
    public ReadOnlySpan<int> Target { get; init; }

    /// <summary>[R] most probable tokens, or empty. For metrics.</summary>
    public ReadOnlySpan<int> ArgMax { get; init; }

    /// <summary>[R, labels] scores, row after row, or empty.</summary>
    public ReadOnlySpan<double> Scores { get; init; }

    /// <summary>Scores per row; 0 without a score head.</summary>
    public int Labels { get; init; }

    /// <summary>[R, C] rows after the final norm, or empty.</summary>
    public ReadOnlySpan<double> Embeddings { get; init; }

    /// <summary>C; 0 where the normed rows are not read.</summary>
    public int Width { get; init; }

    /// <summary>[labels, C] weights of the score head, or empty.</summary>
    public ReadOnlySpan<double> ScoreWeights { get; init; }

    /// <summary>What the data say beside tokens; null says nothing.</summary>
    public ColumnSet? Columns { get; init; }

    /// <summary>R.</summary>
    public int Rows => !LogProb.IsEmpty ? LogProb.Length : !Scores.IsEmpty ? Scores.Length / Labels : Width > 0 ? Embeddings.Length / Width : 0;

    /// <summary>S.</summary>
    public int Sequences => RowStarts.Length - 1;

    /// <summary>E.</summary>
    public int Examples => ExampleStarts.IsEmpty ? Sequences : ExampleStarts.Length - 1;

    /// <summary>Values of a column, or nothing if the data do not have it.</summary>
    public ReadOnlySpan<double> Values(Column column) => Columns is null ? [] : Columns.Values(column);

    /// <summary>Rows of sequence <paramref name="s"/>.</summary>
    public Range RowsOf(int s) => RowStarts[s]..RowStarts[s + 1];

    /// <summary>Sum of the weights of sequence <paramref name="s"/>: its scored tokens, masked ones not counted.</summary>
    public double WeightOf(int s)
    {
        if (Weight.IsEmpty)
        {
            return RowStarts[s + 1] - RowStarts[s];
        }

        double sum = 0;
        foreach (double weight in Weight[RowsOf(s)])
        {
            sum += weight;
        }

        return sum;
    }

    /// <summary>Checks all lengths, and that <see cref="RowStarts"/> ascends from 0 to R.</summary>
    /// <exception cref="ShapeException">Names the span, its length and the length expected.</exception>
    public void Validate()
    {
        RequireAscending(RowStarts, Rows, "rowStarts");
        if (!ExampleStarts.IsEmpty)
        {
            RequireAscending(ExampleStarts, Sequences, "exampleStarts");
        }

        Require(ReferenceLogProb.Length, "referenceLogProb");
        Require(Weight.Length, "weight");
        Require(Entropy.Length, "entropy");
        Require(LogSumSquares.Length, "logSumSquares");
        Require(MeanLogit.Length, "meanLogit");
        Require(Divergence.Length, "divergence");
        Require(TemperedLogProb.Length, "temperedLogProb");
        Require(Target.Length, "target");
        Require(ArgMax.Length, "argMax");
        Require(Scores.Length, Labels, "scores");
        Require(Embeddings.Length, Width, "embeddings");

        Columns?.Validate(Rows, Sequences, Examples);
    }

    private static void RequireAscending(ReadOnlySpan<int> starts, int end, string name)
    {
        if (starts.IsEmpty || starts[0] != 0 || starts[^1] != end)
        {
            throw new ShapeException($"[loss] {name}: expected 0 to {end}, got {(starts.IsEmpty ? "nothing" : $"{starts[0]} to {starts[^1]}")}");
        }

        for (int i = 1; i < starts.Length; i++)
        {
            if (starts[i] < starts[i - 1])
            {
                throw new ShapeException($"[loss] {name}: expected ascending, got {starts[i - 1]} then {starts[i]} at {i - 1}");
            }
        }
    }

    private void Require(int length, string name)
    {
        if (length != 0 && length != Rows)
        {
            throw new ShapeException($"[loss] {name}: expected [{Rows}], got [{length}]");
        }
    }

    private void Require(int length, int columns, string name)
    {
        if (length != 0 && length != Rows * columns)
        {
            throw new ShapeException($"[loss] {name}: expected [{Rows}, {columns}], got [{length}]");
        }
    }
}
