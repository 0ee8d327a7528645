using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// How the rows of a pair become its statistics: <c>stat = sum_t w_t logp_t</c> with <c>w_t = mask_t tail_t discount^t / n</c>, t counting the rows that are not
/// masked. Derivatives go back along the same weights.
/// </summary>
/// <remarks>A row of weight 0 takes no part, whatever its log-prob. Sums run in ascending row order.</remarks>
public sealed record PairReading
{
    /// <summary>The plain reading: sums over two completions.</summary>
    public static PairReading Sums { get; } = new();

    /// <summary>Sequences of an example: chosen, rejected, and what some losses look at beside them.</summary>
    public int SequencesPerExample { get; init; } = 2;

    /// <summary>Divide by the number of rows n of the side, at least 1; else n is 1.</summary>
    public bool IsMean { get; init; }

    /// <summary>tail_t of rows beyond the length of the shorter side, in [0, 1]; 1 elsewhere (LD-DPO: Liu et al., 2024). <c>ld_alpha</c></summary>
    public double TailWeight { get; init; } = 1;

    /// <summary>Leave the tails of the reference whole: LLaMA-Factory's reading of LD-DPO. TRL weighs policy and reference alike.</summary>
    public bool IsTailOfPolicyOnly { get; init; }

    /// <summary>discount, in (0, 1].</summary>
    public double Discount { get; init; } = 1;

    /// <summary>
    /// Weigh each pair by <c>w_c w_r</c>, <c>w = exp(mean_t(logp_t - log sum_v p_v^2))</c>, without gradient: how likely the policy itself is to write it (WPO:
    /// Zhou et al., 2024). <c>use_weighting</c>
    /// </summary>
    public bool IsProbabilityWeighted { get; init; }

    /// <summary>Take as chosen the completion with the higher <see cref="Column.Reward"/>, the first at a tie; else the first.</summary>
    public bool IsOrderedByReward { get; init; }

    /// <summary>Taken from the reward of completions whose <see cref="Column.EndsWithEos"/> is 0 before they are ordered. <c>missing_eos_penalty</c></summary>
    public double MissingEosPenalty { get; init; }

    /// <summary>
    /// Weight of the reference in the anchor that the policy is compared with; the rest goes to the policy that sampled the pair
    /// (<see cref="Column.OldLogProb"/>, the reference itself where the data have none): <c>log ref' = a log ref + (1 - a) log pi_t</c>. 1 is the plain reference.
    /// </summary>
    public double ReferenceShare { get; init; } = 1;

    /// <summary>
    /// Factor of the margin that sequences 2 and 3 give: both completions after a prompt that asks for quality,
    /// <c>m = f ((log pi - log ref)(2) - (log pi - log ref)(3))</c>, without gradient (Sr-DPO: Yu et al., 2024). 0 takes <see cref="Column.Margin"/>.
    /// </summary>
    public double RefinementScale { get; init; }

    /// <summary>Index of the chosen sequence of an example.</summary>
    internal int Chosen(in LossInputs inputs, int example)
    {
        int first = example * SequencesPerExample;
        return IsOrderedByReward && !(Reward(inputs, first) >= Reward(inputs, first + 1)) ? first + 1 : first;
    }

    /// <summary>Index of the rejected sequence of an example.</summary>
    internal int Rejected(in LossInputs inputs, int example) => (2 * example * SequencesPerExample) + 1 - Chosen(inputs, example);

    /// <summary>Reward of a sequence after <see cref="MissingEosPenalty"/>.</summary>
    internal double Reward(in LossInputs inputs, int sequence)
    {
        ReadOnlySpan<double> endsWithEos = inputs.Values(Column.EndsWithEos);
        bool isCutOff = !endsWithEos.IsEmpty && endsWithEos[sequence] == 0;
        return inputs.Values(Column.Reward)[sequence] - (isCutOff ? MissingEosPenalty : 0);
    }

    /// <summary>Statistics of an example.</summary>
    /// <param name="inputs">Rows.</param>
    /// <param name="example">Which.</param>
    /// <param name="hasReference">False leaves reference log-probs out even where the caller has them.</param>
    internal PairStatistics Gather(in LossInputs inputs, int example, bool hasReference)
    {
        int chosen = Chosen(inputs, example);
        int rejected = Rejected(inputs, example);
        var side = new Sides(Count(inputs, chosen), Count(inputs, rejected));
        double weight = SequenceRows.Of(inputs.Values(Column.ExampleWeight), example, 1);
        return new PairStatistics(
            Sum(inputs, inputs.LogProb, chosen, side.Chosen, side.Shared, false),
            Sum(inputs, inputs.LogProb, rejected, side.Rejected, side.Shared, false),
            hasReference ? Anchor(inputs, chosen, side.Chosen, side.Shared) : 0,
            hasReference ? Anchor(inputs, rejected, side.Rejected, side.Shared) : 0,
            side.Chosen,
            side.Rejected)
        {
            Margin = RefinementScale > 0 ? Refinement(inputs, (example * SequencesPerExample) + 2) : SequenceRows.Of(inputs.Values(Column.Margin), example, 0),
            Label = SequenceRows.Of(inputs.Values(Column.SoftLabel), example, 1),
            Weight = IsProbabilityWeighted ? weight * (Probability(inputs, chosen, side.Chosen) * Probability(inputs, rejected, side.Rejected)) : weight,
        };
    }

    /// <summary>Assigns <c>dLogp_t = w_t dStat</c> to the rows of both sides.</summary>
    internal void Spread(in LossInputs inputs, int example, double dChosen, double dRejected, Span<double> dLogProb)
    {
        int chosen = Chosen(inputs, example);
        int rejected = Rejected(inputs, example);
        var side = new Sides(Count(inputs, chosen), Count(inputs, rejected));
        Spread(inputs, chosen, side.Chosen, side.Shared, dChosen, dLogProb);
        Spread(inputs, rejected, side.Rejected, side.Shared, dRejected, dLogProb);
    }

    private void Spread(in LossInputs inputs, int sequence, int count, int shared, double dStat, Span<double> dLogProb)
    {
        int position = 0;
        for (int t = inputs.RowStarts[sequence]; t < inputs.RowStarts[sequence + 1]; t++)
        {
            double mask = Mask(inputs, t);
            dLogProb[t] = mask == 0 ? 0 : mask * Factor(position++, count, shared, false) * dStat;
        }
    }

    private double Anchor(in LossInputs inputs, int sequence, int count, int shared)
    {
        double reference = Sum(inputs, inputs.ReferenceLogProb, sequence, count, shared, true);
        ReadOnlySpan<double> old = inputs.Values(Column.OldLogProb);
        return ReferenceShare == 1 || old.IsEmpty
            ? reference
            : (ReferenceShare * reference) + ((1 - ReferenceShare) * Sum(inputs, old, sequence, count, shared, true));
    }

    private double Refinement(in LossInputs inputs, int sequence)
    {
        double gap = 0;
        for (int s = 0; s < 2; s++)
        {
            int count = Count(inputs, sequence + s);
            double ratio = Sum(inputs, inputs.LogProb, sequence + s, count, count, false) - Sum(inputs, inputs.ReferenceLogProb, sequence + s, count, count, true);
            gap += s == 0 ? ratio : -ratio;
        }

        return RefinementScale * gap;
    }

    private double Sum(in LossInputs inputs, ReadOnlySpan<double> values, int sequence, int count, int shared, bool isReference)
    {
        double sum = 0;
        int position = 0;
        int end = values.IsEmpty ? 0 : inputs.RowStarts[sequence + 1];
        for (int t = inputs.RowStarts[sequence]; t < end; t++)
        {
            double mask = Mask(inputs, t);
            sum += mask == 0 ? 0 : mask * Factor(position++, count, shared, isReference) * values[t];
        }

        return sum;
    }

    private double Factor(int position, int count, int shared, bool isReference)
    {
        double tail = position < shared || (isReference && IsTailOfPolicyOnly) ? 1 : TailWeight;
        return tail * (Discount == 1 ? 1 : Math.Pow(Discount, position)) / (IsMean ? count : 1);
    }

    private static double Probability(in LossInputs inputs, int sequence, int count)
    {
        if (inputs.LogSumSquares.IsEmpty && inputs.Rows > 0)
        {
            throw new ShapeException($"[use_weighting] logSumSquares: expected [{inputs.Rows}], got [0]");
        }

        double sum = 0;
        for (int t = inputs.RowStarts[sequence]; t < inputs.RowStarts[sequence + 1]; t++)
        {
            sum += Mask(inputs, t) == 0 ? 0 : inputs.LogProb[t] - inputs.LogSumSquares[t];
        }

        return Math.Exp(sum / Math.Max(1, count));
    }

    private static int Count(in LossInputs inputs, int sequence)
    {
        int count = 0;
        for (int t = inputs.RowStarts[sequence]; t < inputs.RowStarts[sequence + 1]; t++)
        {
            count += Mask(inputs, t) == 0 ? 0 : 1;
        }

        return count;
    }

    private static double Mask(in LossInputs inputs, int row) => inputs.Weight.IsEmpty ? 1 : inputs.Weight[row];

    private readonly record struct Sides(int Chosen, int Rejected)
    {
        public int Shared => Math.Min(Chosen, Rejected);
    }
}
