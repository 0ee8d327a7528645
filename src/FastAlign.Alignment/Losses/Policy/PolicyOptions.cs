using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Options of the policy losses, named as in TRL's <c>GRPOConfig</c> where it has them.</summary>
public sealed record PolicyOptions
{
    /// <summary>What the ratio is the ratio of: token, sequence or sequence_token. <c>importance_sampling_level</c></summary>
    public RatioLevel Level { get; init; } = RatioLevel.Token;

    /// <summary>Lower clip. <c>epsilon</c></summary>
    public double Epsilon { get; init; } = 0.2;

    /// <summary>Upper clip; null: as the lower one. For cispo in dialect trl the largest ratio itself. <c>epsilon_high</c></summary>
    public double? EpsilonHigh { get; init; }

    /// <summary>Cap of the ratio outside the clip, above 0; null for none. <c>delta</c></summary>
    public double? Delta { get; init; }

    /// <summary>Largest loss of a token in units of minus its advantage, where that is negative, above 1; null: 3 in dialect verl, none in others. <c>dual_clip</c></summary>
    public double? DualClip { get; init; }

    /// <summary>Price of a nat of KL to the reference; 0 needs no reference. <c>beta</c></summary>
    public double Beta { get; init; }

    /// <summary>How that KL is estimated. <c>kl_estimator</c></summary>
    public KlEstimator KlEstimator { get; init; } = KlEstimator.K3;

    /// <summary>Multiply the KL by the ratio. <c>use_bias_correction_kl</c></summary>
    public bool IsKlCorrected { get; init; } = true;

    /// <summary>Length that dr_grpo divides by. <c>max_completion_length</c></summary>
    public int MaxCompletionLength { get; init; } = 256;

    /// <summary>What the sum over tokens is divided by; null: as the loss has it. <c>loss_agg_mode</c></summary>
    public Normalizer? Aggregation { get; init; }

    /// <summary>SAPO's tau where A > 0. <c>sapo_temperature_pos</c></summary>
    public double SapoTemperaturePositive { get; init; } = 1;

    /// <summary>SAPO's tau elsewhere. <c>sapo_temperature_neg</c></summary>
    public double SapoTemperatureNegative { get; init; } = 1.05;

    /// <summary>VESPO's k where A >= 0. <c>vespo_k_pos</c></summary>
    public double VespoKPositive { get; init; } = 2;

    /// <summary>VESPO's lambda where A >= 0. <c>vespo_lambda_pos</c></summary>
    public double VespoLambdaPositive { get; init; } = 3;

    /// <summary>VESPO's k where A &lt; 0. <c>vespo_k_neg</c></summary>
    public double VespoKNegative { get; init; } = 3;

    /// <summary>VESPO's lambda where A &lt; 0. <c>vespo_lambda_neg</c></summary>
    public double VespoLambdaNegative { get; init; } = 2;

    /// <summary>See <see cref="PolicyParts.OffPolicyThreshold"/>. <c>off_policy_mask_threshold</c></summary>
    public double? OffPolicyThreshold { get; init; }

    /// <summary>See <see cref="PolicyParts.TopEntropyShare"/>, in (0, 1]. <c>top_entropy_quantile</c></summary>
    public double TopEntropyShare { get; init; } = 1;

    /// <summary>Entropy bonus, or null. <c>entropy_coef</c>, <c>entropy_target</c>, ...</summary>
    public EntropyBonus? Entropy { get; init; }

    /// <summary>Share, bounds and price of clip_cov and kl_cov; null: verl's.</summary>
    public CovarianceRule? Covariance { get; init; }

    /// <summary>Whose reading of the formulas. <c>dialect</c></summary>
    public Dialect Dialect { get; init; } = Dialect.Trl;

    /// <summary>Upper clip, resolved.</summary>
    internal double High => EpsilonHigh ?? Epsilon;

    /// <exception cref="InputException">An option is outside its range.</exception>
    public void Validate()
    {
        Require(Epsilon is >= 0 and < double.PositiveInfinity, "epsilon", "a number of at least 0", Epsilon);
        Require(High is >= 0 and < double.PositiveInfinity, "epsilon_high", "a number of at least 0", High);
        Require(Delta is null or > 0, "delta", "a number above 0", Delta ?? 0);
        Require(DualClip is null or > 1, "dual_clip", "a number above 1", DualClip ?? 0);
        Require(Beta is >= 0 and < double.PositiveInfinity, "beta", "a number of at least 0", Beta);
        Require(MaxCompletionLength >= 1, "max_completion_length", "at least 1", MaxCompletionLength);
        Require(SapoTemperaturePositive is > 0 and < double.PositiveInfinity, "sapo_temperature_pos", "a number above 0", SapoTemperaturePositive);
        Require(SapoTemperatureNegative is > 0 and < double.PositiveInfinity, "sapo_temperature_neg", "a number above 0", SapoTemperatureNegative);
        Require(TopEntropyShare is > 0 and <= 1, "top_entropy_quantile", "a number in (0, 1]", TopEntropyShare);
        Require(OffPolicyThreshold is null or >= double.NegativeInfinity, "off_policy_mask_threshold", "a number", OffPolicyThreshold ?? 0);
        Require(Entropy is null || double.IsFinite(Entropy.Coefficient), "entropy_coef", "a finite number", Entropy?.Coefficient ?? 0);
        Require(Entropy is null || Entropy.Least <= Entropy.Most, "entropy_coef_min", "no more than entropy_coef_max", Entropy?.Least ?? 0);
        foreach ((double value, string option) in ((double, string)[])
            [(VespoKPositive, "vespo_k_pos"), (VespoLambdaPositive, "vespo_lambda_pos"), (VespoKNegative, "vespo_k_neg"), (VespoLambdaNegative, "vespo_lambda_neg")])
        {
            Require(value is >= 0 and < double.PositiveInfinity, option, "a number of at least 0", value);
        }

        Require(Covariance is null || Covariance.Least <= Covariance.Most, "clip_cov_lb", "no more than clip_cov_ub", Covariance?.Least ?? 0);
        Require(Covariance is null or { Penalty: >= 0 and < double.PositiveInfinity }, "ppo_kl_coef", "a number of at least 0", Covariance?.Penalty ?? 0);
        Require(Covariance is null or { Share: > 0 and <= 1 }, "clip_cov_ratio, kl_cov_ratio", "a number in (0, 1]", Covariance?.Share ?? 0);
    }

    private static void Require(bool isFine, string option, string expected, double found)
    {
        if (!isFine)
        {
            throw new InputException($"{option}: expected {expected}, found {found}");
        }
    }
}
