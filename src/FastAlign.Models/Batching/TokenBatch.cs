using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>
/// Tokens of a step as a forest: each segment continues the path of its parent, so a prompt shared by several completions is stored, and
/// computed, once. There is no padding. Scored rows name the token whose hidden state predicts and the token predicted, grouped by sequence.
/// </summary>
/// <remarks>
/// <para>Chosen and rejected of one prompt:</para>
/// <code>
/// segment 0: prompt    p0 p1 p2          parent -1    positions 0 1 2
/// segment 1: chosen    c0 c1             parent 0     positions 3 4
/// segment 2: rejected  r0 r1 r2          parent 0     positions 3 4 5
/// rows:  p2->c0 c0->c1 | p2->r0 r0->r1 r1->r2        rowStarts 0 2 5
/// </code>
/// </remarks>
public sealed class TokenBatch
{
    internal TokenBatch(int[] ids, int[] positions, AttentionLayout layout, int[] sources, int[] targets, int[] rowStarts)
    {
        (Ids, Positions, Layout) = (ids, positions, layout);
        (Sources, Targets, RowStarts) = (sources, targets, rowStarts);
    }

    /// <summary>[N] token ids, segment after segment.</summary>
    public ReadOnlyMemory<int> Ids { get; }

    /// <summary>[N] position of each token on its path.</summary>
    public ReadOnlyMemory<int> Positions { get; }

    /// <summary>Segments as key rows and, one run each, as query rows.</summary>
    public AttentionLayout Layout { get; }

    /// <summary>[R] token index whose hidden state predicts the target.</summary>
    public ReadOnlyMemory<int> Sources { get; }

    /// <summary>[R] token id predicted.</summary>
    public ReadOnlyMemory<int> Targets { get; }

    /// <summary>[S+1] first scored row of each sequence, and the total.</summary>
    public ReadOnlyMemory<int> RowStarts { get; }

    /// <summary>N.</summary>
    public int TokenCount => Ids.Length;

    /// <summary>R.</summary>
    public int RowCount => Sources.Length;

    /// <summary>S.</summary>
    public int SequenceCount => RowStarts.Length - 1;

    /// <summary>Largest position plus one.</summary>
    public int MaxLength { get; init; }
}
