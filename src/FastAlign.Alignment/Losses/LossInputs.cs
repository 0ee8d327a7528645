using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// What the log-prob head says of the R scored rows of one micro-batch, in double on the host. Rows are grouped by sequence; paired losses take sequences
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
    /// <summary>[R] log-probs of the policy, nats.</summary>
    public required ReadOnlySpan<double> LogProb { get; init; }

    /// <summary>[S + 1] first row of each sequence, ascending from 0 to R; a sequence may have no rows.</summary>
    public required ReadOnlySpan<int> RowStarts { get; init; }

    /// <summary>[R] log-probs of the frozen reference, nats, or empty.</summary>
    public ReadOnlySpan<double> ReferenceLogProb { get; init; }

    /// <summary>[R] weight w_t of each row in its loss (a mask is 0 or 1), or empty for 1. Metrics other than rewards and log-probs ignore it.</summary>
    public ReadOnlySpan<double> Weight { get; init; }

    /// <summary>[R] entropies of the policy, nats, or empty. For metrics.</summary>
    public ReadOnlySpan<double> Entropy { get; init; }

    /// <summary>[R] mean logits over the vocabulary, or empty. For metrics.</summary>
    public ReadOnlySpan<double> MeanLogit { get; init; }

    /// <summary>[R] scored tokens, or empty. For metrics.</summary>
    public ReadOnlySpan<int> Target { get; init; }

    /// <summary>[R] most probable tokens, or empty. For metrics.</summary>
    public ReadOnlySpan<int> ArgMax { get; init; }

    /// <summary>R.</summary>
    public int Rows => LogProb.Length;

    /// <summary>S.</summary>
    public int Sequences => RowStarts.Length - 1;

    /// <summary>Rows of sequence <paramref name="s"/>.</summary>
    public Range RowsOf(int s) => RowStarts[s]..RowStarts[s + 1];

    /// <summary>Checks all lengths, and that <see cref="RowStarts"/> ascends from 0 to R.</summary>
    /// <exception cref="ShapeException">Names the span, its length and the length expected.</exception>
    public void Validate()
    {
        if (RowStarts.IsEmpty || RowStarts[0] != 0 || RowStarts[^1] != Rows)
        {
            throw new ShapeException($"[loss] rowStarts: expected 0 to {Rows}, got {(RowStarts.IsEmpty ? "nothing" : $"{RowStarts[0]} to {RowStarts[^1]}")}");
        }

        for (int s = 0; s < Sequences; s++)
        {
            if (RowStarts[s + 1] < RowStarts[s])
            {
                throw new ShapeException($"[loss] rowStarts: expected ascending, got {RowStarts[s]} then {RowStarts[s + 1]} at sequence {s}");
            }
        }

        Require(ReferenceLogProb.Length, "referenceLogProb");
        Require(Weight.Length, "weight");
        Require(Entropy.Length, "entropy");
        Require(MeanLogit.Length, "meanLogit");
        Require(Target.Length, "target");
        Require(ArgMax.Length, "argMax");
    }

    private void Require(int length, string name)
    {
        if (length != 0 && length != Rows)
        {
            throw new ShapeException($"[loss] {name}: expected [{Rows}], got [{length}]");
        }
    }
}
