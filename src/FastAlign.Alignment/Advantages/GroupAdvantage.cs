using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>What group-relative advantages are divided by. <c>scale_rewards</c></summary>
public enum RewardScale
{
    /// <summary>Deviation of the group: every prompt weighs the same (GRPO).</summary>
    Group,

    /// <summary>Deviation of the batch (Liu et al., 2025, "Tricks or traps").</summary>
    Batch,

    /// <summary>Nothing (Dr. GRPO).</summary>
    None,
}

/// <summary>
/// Advantages relative to the other completions of the same prompt (Shao et al., 2024): <c>A_i = (r_i - mean r) / (std r + e)</c>, std with n - 1 below. A completion that
/// could not be scored (NaN) is left out of mean and deviation and gets 0, as does one whose deviation has fewer than two rewards.
/// </summary>
/// <remarks>Groups are consecutive completions, <c>groupStarts</c> [G + 1] from 0 to S; they may differ in size.</remarks>
public static class GroupAdvantage
{
    /// <summary>e of each dialect: trl and original 1e-4, verl 1e-6, openrlhf 1e-9.</summary>
    public static double Epsilon(Dialect dialect) => dialect switch
    {
        Dialect.Verl => 1e-6,
        Dialect.OpenRlhf => 1e-9,
        _ => 1e-4,
    };

    /// <summary>Advantages of one reward per completion.</summary>
    /// <param name="rewards">[S], NaN where there is none.</param>
    /// <param name="groupStarts">[G + 1]</param>
    /// <param name="scale">What to divide by.</param>
    /// <param name="epsilon">e.</param>
    /// <param name="advantages">[S] assigned; may be <paramref name="rewards"/>' own memory only if the scale is not <see cref="RewardScale.Batch"/>.</param>
    public static void Relative(ReadOnlySpan<double> rewards, ReadOnlySpan<int> groupStarts, RewardScale scale, double epsilon, Span<double> advantages)
    {
        Require(rewards.Length, groupStarts, advantages.Length);
        double batch = scale == RewardScale.Batch ? RewardMoments.Deviation(rewards) : 0;
        for (int g = 0; g + 1 < groupStarts.Length; g++)
        {
            ReadOnlySpan<double> group = rewards[groupStarts[g]..groupStarts[g + 1]];
            double mean = RewardMoments.Mean(group);
            double divisor = scale switch
            {
                RewardScale.Group => RewardMoments.Deviation(group) + epsilon,
                RewardScale.Batch => batch + epsilon,
                _ => 1,
            };
            Centre(group, mean, divisor, advantages[groupStarts[g]..groupStarts[g + 1]]);
        }

        ZeroUnscored(advantages);
    }

    /// <summary>
    /// Several rewards, each normalised in its group, summed with weights, and normalised over the batch (GDPO, NVIDIA, 2026): no reward drowns another by its scale.
    /// </summary>
    /// <param name="rewards">The rewards.</param>
    /// <param name="weights">[K]</param>
    /// <param name="groupStarts">[G + 1]</param>
    /// <param name="epsilon">e.</param>
    /// <param name="advantages">[S] assigned.</param>
    public static void NormalizeThenSum(
        RewardTable rewards, ReadOnlySpan<double> weights, ReadOnlySpan<int> groupStarts, double epsilon, Span<double> advantages)
    {
        Require(rewards.Completions, groupStarts, advantages.Length);
        double[] normalized = new double[rewards.Completions * rewards.Functions];
        double[] column = new double[rewards.Completions];
        for (int k = 0; k < rewards.Functions; k++)
        {
            rewards.Column(k, column);
            for (int g = 0; g + 1 < groupStarts.Length; g++)
            {
                Span<double> group = column.AsSpan(groupStarts[g]..groupStarts[g + 1]);
                double deviation = RewardMoments.Deviation(group);

                // A lone reward has no deviation; it is at its mean, which counts as 0 in the sum.
                Centre(group, RewardMoments.Mean(group), double.IsNaN(deviation) ? 1 : deviation + epsilon, group);
            }

            for (int s = 0; s < column.Length; s++)
            {
                normalized[(s * rewards.Functions) + k] = column[s];
            }
        }

        new RewardTable(normalized, rewards.Functions).Sum(weights, column);
        Centre(column, RewardMoments.Mean(column), RewardMoments.Deviation(column) + epsilon, advantages);
        ZeroUnscored(advantages);
    }

    /// <summary>Share of completions whose group has rewards that are all equal (nothing to learn from); groups with fewer than two rewards do not count.</summary>
    public static double ZeroDeviationShare(ReadOnlySpan<double> rewards, ReadOnlySpan<int> groupStarts)
    {
        // torch.isclose(std, 0): absolute tolerance 1e-8.
        const double Close = 1e-8;
        int count = 0;
        for (int g = 0; g + 1 < groupStarts.Length; g++)
        {
            count += RewardMoments.Deviation(rewards[groupStarts[g]..groupStarts[g + 1]]) <= Close ? groupStarts[g + 1] - groupStarts[g] : 0;
        }

        return (double)count / rewards.Length;
    }

    internal static void Require(int completions, ReadOnlySpan<int> groupStarts, int advantages)
    {
        if (groupStarts.IsEmpty || groupStarts[0] != 0 || groupStarts[^1] != completions || advantages != completions)
        {
            throw new ShapeException($"[advantage] expected groups from 0 to {completions} and [{completions}] advantages, got {groupStarts.Length} starts and [{advantages}]");
        }
    }

    internal static void ZeroUnscored(Span<double> advantages)
    {
        foreach (ref double advantage in advantages)
        {
            advantage = double.IsNaN(advantage) ? 0 : advantage;
        }
    }

    internal static void Centre(ReadOnlySpan<double> values, double mean, double divisor, Span<double> centred)
    {
        for (int i = 0; i < values.Length; i++)
        {
            centred[i] = (values[i] - mean) / divisor;
        }
    }
}
