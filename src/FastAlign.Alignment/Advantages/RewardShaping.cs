using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// What is done to the reward of a recorded completion before advantages, in this order: a penalty for a missing end, one for length, bounds, the price of
/// the KL to the reference. Names as in TRL's PPO and RLOO and in verl.
/// </summary>
/// <remarks>
/// Where each reward is normalised before they are summed, there is no sum to shape: each penalty is then one more reward, normalised in its group like the
/// others, and its price is its weight; bounds hold for every given reward by itself. See <see cref="AsRewards"/>.
/// </remarks>
public sealed record RewardShaping
{
    /// <summary>Taken from completions that do not end in EOS, at least 0. <c>missing_eos_penalty</c></summary>
    public double MissingEosPenalty { get; init; }

    /// <summary>Tokens below <see cref="Longest"/> over which the reward falls by <see cref="OverlongFactor"/>, at least 0; 0 for no such penalty. <c>soft_punish_cache</c></summary>
    public int OverlongMargin { get; init; }

    /// <summary>Longest completion without the whole penalty. <c>max_completion_length</c></summary>
    public int Longest { get; init; } = 256;

    /// <summary>Factor of the penalty for length, at least 0. <c>overlong_penalty_factor</c></summary>
    public double OverlongFactor { get; init; } = 1;

    /// <summary>Least reward. <c>reward_clip_range</c></summary>
    public double Least { get; init; } = double.NegativeInfinity;

    /// <summary>Largest reward. <c>reward_clip_range</c></summary>
    public double Most { get; init; } = double.PositiveInfinity;

    /// <summary>Price of a nat of KL(old policy, reference), at least 0. <c>kl_coef</c></summary>
    public double KlCoefficient { get; init; }

    /// <summary>How that KL is estimated. <c>kl_penalty</c></summary>
    public KlEstimator KlEstimator { get; init; } = KlEstimator.K1;

    /// <summary>Whether it changes anything.</summary>
    public bool IsNone => MissingEosPenalty == 0 && OverlongMargin == 0 && double.IsInfinity(Least) && double.IsInfinity(Most) && KlCoefficient == 0;

    /// <exception cref="InputException">An option is outside its range.</exception>
    public void Validate()
    {
        Require(MissingEosPenalty is >= 0 and < double.PositiveInfinity, "missing_eos_penalty", "a number of at least 0", MissingEosPenalty);
        Require(OverlongMargin >= 0 && OverlongMargin <= Longest, "soft_punish_cache", $"0 to max_completion_length, {Longest}", OverlongMargin);
        Require(OverlongFactor is >= 0 and < double.PositiveInfinity, "overlong_penalty_factor", "a number of at least 0", OverlongFactor);
        Require(Least <= Most, "reward_clip_range", "the lower bound first", Least);
        Require(KlCoefficient is >= 0 and < double.PositiveInfinity, "kl_coef", "a number of at least 0", KlCoefficient);
    }

    /// <summary>Shapes the rewards of rollouts; one that is NaN stays so.</summary>
    /// <param name="rollouts">Completions.</param>
    /// <param name="rewards">[S]</param>
    internal void Apply(IReadOnlyList<RolloutExample> rollouts, Span<double> rewards)
    {
        bool[] isEnded = [.. rollouts.Select(rollout => rollout.IsEnded)];
        TokenRewards.PenalizeMissingEnd(isEnded, MissingEosPenalty, rewards);
        for (int s = 0; s < rewards.Length && OverlongMargin > 0; s++)
        {
            rewards[s] += OverlongFactor * LengthRewards.SoftOverlong(rollouts[s].Completion.Length, Longest, OverlongMargin);
        }

        TokenRewards.Clip(Least, Most, rewards);
    }

    /// <summary>
    /// The given rewards within their bounds, and the penalties as rewards beside them: -1 for a missing end, -1 to 0 for length, minus the KL. A completion that
    /// no function could score has no penalty either.
    /// </summary>
    /// <param name="rollouts">Completions.</param>
    /// <param name="functions">K.</param>
    /// <param name="kl">[S][tokens], nats; null without a price.</param>
    /// <returns>[S, K + P] rewards, and the P prices.</returns>
    internal (double[] Values, double[] Prices) AsRewards(IReadOnlyList<RolloutExample> rollouts, int functions, double[][]? kl)
    {
        var penalties = new List<(double Price, Func<int, double> Of)>();
        if (MissingEosPenalty > 0)
        {
            penalties.Add((MissingEosPenalty, s => rollouts[s].IsEnded ? 0 : -1));
        }

        if (OverlongMargin > 0)
        {
            penalties.Add((OverlongFactor, s => LengthRewards.SoftOverlong(rollouts[s].Completion.Length, Longest, OverlongMargin)));
        }

        if (kl is not null)
        {
            penalties.Add((KlCoefficient, s => -kl[s].Sum()));
        }

        int columns = functions + penalties.Count;
        double[] values = new double[rollouts.Count * columns];
        for (int s = 0; s < rollouts.Count; s++)
        {
            Span<double> row = values.AsSpan(s * columns, columns);
            rollouts[s].Rewards.CopyTo(row);
            TokenRewards.Clip(Least, Most, row[..functions]);
            bool isScored = Array.Exists(rollouts[s].Rewards, reward => !double.IsNaN(reward));
            for (int k = 0; k < penalties.Count; k++)
            {
                row[functions + k] = isScored ? penalties[k].Of(s) : double.NaN;
            }
        }

        return (values, [.. penalties.Select(penalty => penalty.Price)]);
    }

    private static void Require(bool isFine, string option, string expected, double found)
    {
        if (!isFine)
        {
            throw new InputException($"{option}: expected {expected}, found {found}");
        }
    }
}
