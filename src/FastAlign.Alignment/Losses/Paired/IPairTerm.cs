namespace FastAlign.Alignment;

/// <summary>
/// The formula of a paired loss, apart from gathering statistics and spreading gradients, which <see cref="PairLoss"/> does for all of them. It sees all
/// pairs of a micro-batch, because some formulas compare pairs (AOT sorts them).
/// </summary>
public interface IPairTerm
{
    /// <summary>Whether the value of a pair depends on the other pairs, so that a step must not be cut into micro-batches.</summary>
    bool IsCoupled { get; }

    /// <summary>Loss and derivatives of every pair.</summary>
    /// <param name="pairs">[P]</param>
    /// <param name="values">[P], assigned.</param>
    void Evaluate(ReadOnlySpan<PairStatistics> pairs, Span<PairValue> values);
}
