using FastAlign.Core;
using FastAlign.Models;

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

    /// <summary>What is done to rewards before.</summary>
    public RewardShaping Shaping { get; init; } = new();

    /// <summary>Sets the advantages of rollouts from their rewards.</summary>
    /// <param name="data">Rollouts, group after group.</param>
    /// <param name="reference">Log-probs of each rollout's tokens under the reference, nats; needed for a KL in the reward, with old log-probs in the data.</param>
    /// <exception cref="InputException">Not one weight per reward, or shaping that the estimator cannot take.</exception>
    public void Apply(RolloutData data, double[][]? reference = null)
    {
        IReadOnlyList<RolloutExample> rollouts = data.Rollouts;
        int functions = rollouts[0].Rewards.Length;
        Check(functions);
        int[] groups = Starts(rollouts.Count, i => rollouts[i].Group != rollouts[i - 1].Group);
        var table = new RewardTable(rollouts.SelectMany(rollout => rollout.Rewards).ToArray(), functions);
        double[] weights = Weights.Count > 0 ? [.. Weights] : [.. rollouts[0].Rewards.Select(_ => 1.0)];
        double[] sums = new double[rollouts.Count];
        table.Sum(weights, sums);
        double[] given = [.. sums];
        Shaping.Apply(rollouts, sums);
        double[][]? kl = Shaping.KlCoefficient > 0 ? Kl(data, reference!) : null;
        if (Estimator is AdvantageEstimator.ReinforcePlusPlus or AdvantageEstimator.ReinforcePlusPlusBaseline)
        {
            ApplyPerToken(data, given, sums, kl, groups);
            return;
        }

        for (int i = 0; kl is not null && i < sums.Length; i++)
        {
            sums[i] -= Shaping.KlCoefficient * kl[i].Sum();
        }

        double[] advantages = new double[sums.Length];
        switch (Estimator)
        {
            case AdvantageEstimator.Group when IsNormalizedFirst:
                (double[] values, double[] prices) = Shaping.AsRewards(rollouts, functions, kl);
                GroupAdvantage.NormalizeThenSum(
                    new RewardTable(values, functions + prices.Length), [.. weights, .. prices], groups, GroupAdvantage.Epsilon(Dialect), advantages);
                break;
            case AdvantageEstimator.Group:
                GroupAdvantage.Relative(sums, groups, Scale, GroupAdvantage.Epsilon(Dialect), advantages);
                break;
            case AdvantageEstimator.LeaveOneOut:
                BaselineAdvantage.LeaveOneOut(sums, groups, advantages);
                break;
            default:
                BaselineAdvantage.LengthWeighted(sums, rollouts.Select(r => r.Completion.Length).ToArray(), groups, advantages);
                break;
        }

        for (int i = 0; i < advantages.Length; i++)
        {
            data.SetAdvantage(i, advantages[i]);
        }
    }

    private void Check(int functions)
    {
        Shaping.Validate();
        if (Weights.Count > 0 && Weights.Count != functions)
        {
            throw new InputException($"reward_weights: expected {functions}, one per reward, found {Weights.Count}");
        }

        if (IsNormalizedFirst && Estimator != AdvantageEstimator.Group)
        {
            throw new InputException(
                "multi_objective_aggregation: expected sum_then_normalize with an advantage_estimator other than grpo, which looks at the sum of the rewards; found normalize_then_sum");
        }
    }

    /// <summary>[S][tokens] KL of the old policy from the reference, nats.</summary>
    private double[][] Kl(RolloutData data, double[][] reference)
    {
        double[][] kl = new double[reference.Length][];
        for (int i = 0; i < kl.Length; i++)
        {
            kl[i] = new double[reference[i].Length];
            KlEstimators.Evaluate(Shaping.KlEstimator, Dialect, data.OldLogProbs(i), reference[i], kl[i]);
        }

        return kl;
    }

    /// <summary>What shaping changes of a reward lies on the last token, the KL on its own.</summary>
    private void ApplyPerToken(RolloutData data, double[] given, double[] sums, double[][]? kl, int[] groups)
    {
        int[] rows = new int[data.Rollouts.Count + 1];
        for (int i = 0; i < data.Rollouts.Count; i++)
        {
            rows[i + 1] = rows[i] + data.Rollouts[i].Completion.Length;
        }

        double[] advantages = new double[rows[^1]];
        if (Estimator == AdvantageEstimator.ReinforcePlusPlusBaseline)
        {
            double[] whole = [.. sums.Select((sum, i) => sum - (kl is null ? 0 : Shaping.KlCoefficient * kl[i].Sum()))];
            BaselineAdvantage.ReinforcePlusPlusBaseline(whole, groups, rows, advantages);
        }
        else
        {
            bool hasOwn = data.Rollouts[0].TokenRewards is not null;
            double[] perToken = hasOwn ? [.. data.Rollouts.SelectMany(rollout => rollout.TokenRewards!)] : new double[rows[^1]];
            double[] last = hasOwn ? [.. sums.Zip(given, (sum, before) => sum - before)] : sums;
            TokenRewards.AddSequences(last, rows, RewardPlacement.Last, perToken);
            if (kl is not null)
            {
                TokenRewards.SubtractKl([.. kl.SelectMany(one => one)], Shaping.KlCoefficient, perToken);
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
