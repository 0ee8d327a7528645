namespace FastAlign.Kernels.Device;

/// <summary><c>sums[s] = sum of w_t x_t</c> over rows t of sequence s.</summary>
/// <param name="X">[R].</param>
/// <param name="W">[R], or none for ones.</param>
/// <param name="RowStarts">[S + 1]; sequence s has the rows RowStarts[s]..RowStarts[s + 1].</param>
/// <param name="Sums">[S].</param>
/// <param name="Sequences">S.</param>
public readonly record struct SegmentSumArguments(VectorView<float> X, VectorView<float> W, VectorView<int> RowStarts, VectorView<float> Sums, int Sequences);

/// <summary><c>dx_t = scale w_t dSums[s]</c> for rows t of sequence s: the way back of <see cref="SegmentSumArguments"/>.</summary>
/// <param name="DSums">[S].</param>
/// <param name="W">[R], or none for ones.</param>
/// <param name="RowStarts">[S + 1].</param>
/// <param name="Scale">Of all rows: one over the denominator of the step.</param>
/// <param name="Dx">[R].</param>
/// <param name="Sequences">S.</param>
public readonly record struct SegmentSpreadArguments(VectorView<float> DSums, VectorView<float> W, VectorView<int> RowStarts, float Scale, VectorView<float> Dx, int Sequences);

/// <summary>What paired losses see, of P pairs; sequence 2p is the chosen one of pair p, 2p + 1 the rejected one.</summary>
/// <param name="Policy">[2P] sums of log-probs under the policy.</param>
/// <param name="Reference">[2P] the same under the reference, or none for zeros.</param>
/// <param name="RowStarts">[2P + 1]; a sequence counts its rows as tokens, at least 1.</param>
/// <param name="Margin">[P], or none for zeros.</param>
/// <param name="Label">[P], or none for ones.</param>
public readonly record struct PairOperands(VectorView<float> Policy, VectorView<float> Reference, VectorView<int> RowStarts, VectorView<float> Margin, VectorView<float> Label);

/// <summary>Loss of each pair and its derivatives by the two sums.</summary>
/// <param name="Extent">One row of P.</param>
/// <param name="Formula">The loss with its options.</param>
/// <param name="Pairs">What it sees.</param>
/// <param name="Loss">[P].</param>
/// <param name="DPolicy">[2P].</param>
public readonly record struct PairTermArguments<TFormula>(MapExtent Extent, TFormula Formula, PairOperands Pairs, VectorView<float> Loss, VectorView<float> DPolicy)
    where TFormula : struct, IPairFormula<Dual<DeviceFloat>>;

/// <summary>What token losses see, of R tokens; see <see cref="Token{T}"/>.</summary>
/// <param name="LogProb">[R].</param>
/// <param name="LogRatio">[R].</param>
/// <param name="ReferenceLogRatio">[R], or none for zeros.</param>
/// <param name="SequenceLogRatio">[R], or none for zeros.</param>
/// <param name="Advantage">[R], or none for zeros.</param>
public readonly record struct TokenOperands(
    VectorView<float> LogProb, VectorView<float> LogRatio, VectorView<float> ReferenceLogRatio, VectorView<float> SequenceLogRatio, VectorView<float> Advantage);

/// <summary>Value of a formula at each token and its derivatives by log-prob and log-ratio.</summary>
/// <param name="Extent">One row of R.</param>
/// <param name="Formula">The formula with its options.</param>
/// <param name="Tokens">What it sees.</param>
/// <param name="Value">[R].</param>
/// <param name="DLogProb">[R].</param>
/// <param name="DLogRatio">[R].</param>
public readonly record struct TokenTermArguments<TFormula>(
    MapExtent Extent, TFormula Formula, TokenOperands Tokens, VectorView<float> Value, VectorView<float> DLogProb, VectorView<float> DLogRatio)
    where TFormula : struct, ITokenFormula<Dual<DeviceFloat>>;
