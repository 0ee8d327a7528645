using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>How rewards of recorded completions become advantages.</summary>
public enum AdvantageEstimator
{
    /// <summary>Relative to the group.</summary>
    Group,

    /// <summary>Leave one out.</summary>
    LeaveOneOut,

    /// <summary>OPO's length-weighted baseline.</summary>
    LengthWeighted,

    /// <summary>REINFORCE++: whitened returns of token rewards.</summary>
    ReinforcePlusPlus,

    /// <summary>REINFORCE++ with the group's mean as baseline.</summary>
    ReinforcePlusPlusBaseline,
}

/// <summary>Options of advantages, named as in TRL's <c>GRPOConfig</c> where it has them.</summary>
public sealed record AdvantageOptions
{
    /// <summary><c>advantage_estimator</c>: grpo, rloo, opo, reinforce_plus_plus or reinforce_plus_plus_baseline.</summary>
    public AdvantageEstimator Estimator { get; init; }

    /// <summary><c>scale_rewards</c>, for group-relative advantages.</summary>
    public RewardScale Scale { get; init; }

    /// <summary>Normalise each reward in its group before they are summed. <c>multi_objective_aggregation</c></summary>
    public bool IsNormalizedFirst { get; init; }

    /// <summary>[K] weights of the rewards; empty for 1 each. <c>reward_weights</c></summary>
    public IReadOnlyList<double> Weights { get; init; } = [];

    /// <summary>Discount of returns over tokens, in [0, 1]. <c>gamma</c></summary>
    public double Gamma { get; init; } = 1;

    /// <summary>Whose epsilon.</summary>
    public Dialect Dialect { get; init; } = Dialect.Trl;

    /// <summary>Sets the advantages of rollouts.</summary>
    /// <param name="data">Rollouts, group after group.</param>
    /// <param name="rewards">[S, K], by rows; NaN where there is none.</param>
    /// <param name="tokenRewards">For each rollout its token rewards, or null: then a reward lies on the last token.</param>
    /// <exception cref="InputException">Not one weight per reward.</exception>
    public void Apply(RolloutData data, double[][] rewards, double[][]? tokenRewards)
    {
        if (Weights.Count > 0 && Weights.Count != rewards[0].Length)
        {
            throw new InputException($"reward_weights: expected {rewards[0].Length}, one per reward, found {Weights.Count}");
        }

        int[] groups = Starts(data.Rollouts.Count, i => data.Rollouts[i].Group != data.Rollouts[i - 1].Group);
        var table = new RewardTable(rewards.SelectMany(row => row).ToArray(), rewards[0].Length);
        double[] weights = Weights.Count > 0 ? [.. Weights] : [.. rewards[0].Select(_ => 1.0)];
        double[] sums = new double[rewards.Length];
        table.Sum(weights, sums);
        double[] advantages = new double[rewards.Length];
        switch (Estimator)
        {
            case AdvantageEstimator.Group when IsNormalizedFirst:
                GroupAdvantage.NormalizeThenSum(table, weights, groups, GroupAdvantage.Epsilon(Dialect), advantages);
                break;
            case AdvantageEstimator.Group:
                GroupAdvantage.Relative(sums, groups, Scale, GroupAdvantage.Epsilon(Dialect), advantages);
                break;
            case AdvantageEstimator.LeaveOneOut:
                BaselineAdvantage.LeaveOneOut(sums, groups, advantages);
                break;
            case AdvantageEstimator.LengthWeighted:
                BaselineAdvantage.LengthWeighted(sums, data.Rollouts.Select(r => r.Completion.Length).ToArray(), groups, advantages);
                break;
            default:
                ApplyPerToken(data, sums, tokenRewards, groups);
                return;
        }

        for (int i = 0; i < advantages.Length; i++)
        {
            data.SetAdvantage(i, advantages[i]);
        }
    }

    private void ApplyPerToken(RolloutData data, double[] sums, double[][]? tokenRewards, int[] groups)
    {
        int[] rows = new int[data.Rollouts.Count + 1];
        for (int i = 0; i < data.Rollouts.Count; i++)
        {
            rows[i + 1] = rows[i] + data.Rollouts[i].Completion.Length;
        }

        double[] advantages = new double[rows[^1]];
        if (Estimator == AdvantageEstimator.ReinforcePlusPlusBaseline)
        {
            BaselineAdvantage.ReinforcePlusPlusBaseline(sums, groups, rows, advantages);
        }
        else
        {
            double[] perToken = tokenRewards?.SelectMany(one => one).ToArray() ?? new double[rows[^1]];
            if (tokenRewards is null)
            {
                TokenRewards.AddSequences(sums, rows, RewardPlacement.Last, perToken);
            }

            BaselineAdvantage.ReinforcePlusPlus(perToken, rows, Gamma, advantages);
        }

        for (int i = 0; i < data.Rollouts.Count; i++)
        {
            data.SetTokenAdvantages(i, advantages[rows[i]..rows[i + 1]]);
        }
    }

    private static int[] Starts(int count, Func<int, bool> begins) => [.. Enumerable.Range(0, count).Where(i => i == 0 || begins(i)), count];
}
