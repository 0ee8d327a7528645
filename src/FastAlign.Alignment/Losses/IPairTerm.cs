namespace FastAlign.Alignment;

/// <summary>
/// The formula of a paired loss, apart from gathering statistics and spreading gradients, which <see cref="PairLoss"/> does for all of them. It sees all
/// pairs of a micro-batch, because some formulas compare pairs (AOT sorts them).
/// </summary>
public interface IPairTerm
{
    /// <summary>Name as in TRL's <c>loss_type</c>.</summary>
    string Name { get; }

    /// <summary>Inverse temperature: rewards are <c>Beta</c> times log-ratios.</summary>
    double Beta { get; }

    /// <summary>Whether the formula uses the reference.</summary>
    bool NeedsReference { get; }

    /// <summary>Options set but not used in this dialect.</summary>
    IReadOnlyList<string> Warnings { get; }

    /// <summary>Loss and derivatives of every pair.</summary>
    /// <param name="pairs">[P]</param>
    /// <param name="values">[P], assigned.</param>
    void Evaluate(ReadOnlySpan<PairStatistics> pairs, Span<PairValue> values);
}
