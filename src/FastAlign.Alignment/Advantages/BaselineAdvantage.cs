namespace FastAlign.Alignment;

/// <summary>
/// Advantages as reward minus a baseline that is not the group's normalised mean. NaN rewards take no part and get 0; groups as in
/// <see cref="GroupAdvantage"/>.
/// </summary>
public static class BaselineAdvantage
{
    /// <summary><c>A_i = r_i - mean of the others of the group</c>: RLOO (Kool et al., 2019; Ahmadian et al., 2024). Unbiased. A single scored completion gets 0.</summary>
    public static void LeaveOneOut(ReadOnlySpan<double> rewards, ReadOnlySpan<int> groupStarts, Span<double> advantages)
    {
        MinusOthers(rewards, groupStarts, advantages);
        GroupAdvantage.ZeroUnscored(advantages);
    }

    /// <summary><see cref="LeaveOneOut"/>, then <c>(A - mean A) / (std A + epsilon)</c> over the batch. <c>normalize_advantages</c></summary>
    public static void NormalizedLeaveOneOut(ReadOnlySpan<double> rewards, ReadOnlySpan<int> groupStarts, double epsilon, Span<double> advantages)
    {
        MinusOthers(rewards, groupStarts, advantages);
        GroupAdvantage.Relative(advantages, [0, advantages.Length], RewardScale.Group, epsilon, advantages);
    }

    /// <summary>NaN where there are no others.</summary>
    private static void MinusOthers(ReadOnlySpan<double> rewards, ReadOnlySpan<int> groupStarts, Span<double> advantages)
    {
        GroupAdvantage.Require(rewards.Length, groupStarts, advantages.Length);
        for (int g = 0; g + 1 < groupStarts.Length; g++)
        {
            double sum = 0;
            int scored = 0;
            for (int s = groupStarts[g]; s < groupStarts[g + 1]; s++)
            {
                sum += double.IsNaN(rewards[s]) ? 0 : rewards[s];
                scored += double.IsNaN(rewards[s]) ? 0 : 1;
            }

            for (int s = groupStarts[g]; s < groupStarts[g + 1]; s++)
            {
                advantages[s] = scored < 2 ? double.NaN : rewards[s] - ((sum - rewards[s]) / (scored - 1));
            }
        }
    }

    /// <summary><c>A_i = r_i - r(greedy completion of the prompt)</c>: ReMax (Li et al., 2024, algorithm 1).</summary>
    /// <param name="rewards">[S]</param>
    /// <param name="greedyRewards">[G] reward of each prompt's greedy completion.</param>
    /// <param name="groupStarts">[G + 1]</param>
    /// <param name="advantages">[S] assigned.</param>
    public static void Greedy(ReadOnlySpan<double> rewards, ReadOnlySpan<double> greedyRewards, ReadOnlySpan<int> groupStarts, Span<double> advantages)
    {
        GroupAdvantage.Require(rewards.Length, groupStarts, advantages.Length);
        for (int g = 0; g + 1 < groupStarts.Length; g++)
        {
            Range group = groupStarts[g]..groupStarts[g + 1];
            GroupAdvantage.Centre(rewards[group], greedyRewards[g], 1, advantages[group]);
        }

        GroupAdvantage.ZeroUnscored(advantages);
    }

    /// <summary><c>A_i = r_i - sum_j n_j r_j / sum_j n_j</c>, n the tokens: OPO's baseline of least variance (Hao et al., 2025, equation 7).</summary>
    /// <param name="rewards">[S]</param>
    /// <param name="lengths">[S] tokens of each completion.</param>
    /// <param name="groupStarts">[G + 1]</param>
    /// <param name="advantages">[S] assigned.</param>
    public static void LengthWeighted(ReadOnlySpan<double> rewards, ReadOnlySpan<int> lengths, ReadOnlySpan<int> groupStarts, Span<double> advantages)
    {
        GroupAdvantage.Require(rewards.Length, groupStarts, advantages.Length);
        for (int g = 0; g + 1 < groupStarts.Length; g++)
        {
            double sum = 0;
            double total = 0;
            for (int s = groupStarts[g]; s < groupStarts[g + 1]; s++)
            {
                sum += double.IsNaN(rewards[s]) ? 0 : lengths[s] * rewards[s];
                total += double.IsNaN(rewards[s]) ? 0 : lengths[s];
            }

            Range group = groupStarts[g]..groupStarts[g + 1];
            GroupAdvantage.Centre(rewards[group], sum / total, 1, advantages[group]);
        }

        GroupAdvantage.ZeroUnscored(advantages);
    }

    /// <summary>
    /// REINFORCE++ (Hu et al., 2025): discounted sum of the token rewards from each token on, whitened over all tokens of the batch. The token rewards hold
    /// the KL already.
    /// </summary>
    /// <param name="tokenRewards">[R]</param>
    /// <param name="rowStarts">[S + 1]</param>
    /// <param name="gamma">Discount, in [0, 1].</param>
    /// <param name="advantages">[R] assigned.</param>
    public static void ReinforcePlusPlus(ReadOnlySpan<double> tokenRewards, ReadOnlySpan<int> rowStarts, double gamma, Span<double> advantages)
    {
        ReturnsToGo(tokenRewards, rowStarts, gamma, advantages);
        Whitening.Apply(advantages, [], WhitenedMean.Zero);
    }

    /// <summary>
    /// REINFORCE++ with a baseline: reward minus the group's mean, given to every token of the completion, whitened over all tokens of the batch.
    /// </summary>
    /// <param name="rewards">[S]</param>
    /// <param name="groupStarts">[G + 1]</param>
    /// <param name="rowStarts">[S + 1]</param>
    /// <param name="advantages">[R] assigned.</param>
    public static void ReinforcePlusPlusBaseline(ReadOnlySpan<double> rewards, ReadOnlySpan<int> groupStarts, ReadOnlySpan<int> rowStarts, Span<double> advantages)
    {
        double[] centred = new double[rewards.Length];
        GroupAdvantage.Relative(rewards, groupStarts, RewardScale.None, 0, centred);
        for (int s = 0; s < centred.Length; s++)
        {
            advantages[rowStarts[s]..rowStarts[s + 1]].Fill(centred[s]);
        }

        Whitening.Apply(advantages, [], WhitenedMean.Zero);
    }

    /// <summary><c>G_t = r_t + gamma G_(t+1)</c> within each sequence.</summary>
    public static void ReturnsToGo(ReadOnlySpan<double> tokenRewards, ReadOnlySpan<int> rowStarts, double gamma, Span<double> returns)
    {
        for (int s = 0; s + 1 < rowStarts.Length; s++)
        {
            double next = 0;
            for (int t = rowStarts[s + 1] - 1; t >= rowStarts[s]; t--)
            {
                next = tokenRewards[t] + (gamma * next);
                returns[t] = next;
            }
        }
    }
}
