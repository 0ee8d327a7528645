using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Options of the DPO family, named as in TRL's <c>DPOConfig</c> where it has them.</summary>
public sealed record DpoOptions
{
    /// <summary>Formulas; several make a mixture. See <see cref="PairLosses.DpoNames"/>. <c>loss_type</c></summary>
    public IReadOnlyList<string> LossTypes { get; init; } = ["sigmoid"];

    /// <summary>Factor of each formula, as many as formulas; empty weighs each 1. <c>loss_weights</c></summary>
    public IReadOnlyList<double> LossWeights { get; init; } = [];

    /// <summary>Inverse temperature of the implicit reward, above 0. <c>beta</c></summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>Probability that a preference label is wrong, in [0, 0.5). <c>label_smoothing</c></summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Divergence from the reference: reverse_kl, forward_kl, js_divergence, alpha_divergence. <c>f_divergence_type</c></summary>
    public string Divergence { get; init; } = "reverse_kl";

    /// <summary>
    /// alpha of alpha_divergence. Dialect trl: <c>(u^(alpha-1) - 1) / (alpha-1)</c>, 1 being reverse KL; dialect original: <c>(1 - u^-alpha) / alpha</c>, 0 being
    /// reverse KL. <c>f_alpha_divergence_coef</c>
    /// </summary>
    public double DivergenceAlpha { get; init; } = 0.5;

    /// <summary>Weight of tokens beyond the length of the shorter completion, in [0, 1]; 1 is plain DPO (LD-DPO). <c>ld_alpha</c></summary>
    public double TailWeight { get; init; } = 1;

    /// <summary>Weigh pairs by how likely the policy is to write them (WPO). <c>use_weighting</c></summary>
    public bool IsProbabilityWeighted { get; init; }

    /// <summary>Temperature of discopop, above 0. <c>discopop_tau</c></summary>
    public double DiscoPopTau { get; init; } = 0.05;

    /// <summary>Compare log-probs per token rather than summed. <c>length_normalized</c></summary>
    public bool IsLengthNormalized { get; init; }

    /// <summary>How much of a row's <c>margin</c> the reward margin should reach, in sigmoid, hinge and robust. <c>margin_scale</c></summary>
    public double MarginScale { get; init; } = 1;

    /// <summary>Preference nats per unit of a row's <c>margin</c>, in mmpo. <c>mmpo_gamma</c></summary>
    public double MarginGamma { get; init; } = 1;

    /// <summary>Factor of the rejected segment in cpl, in (0, 1]. <c>cpl_bias</c></summary>
    public double ContrastiveBias { get; init; } = 0.5;

    /// <summary>Weight of a token is this to the power of its position, in (0, 1]. <c>discount</c></summary>
    public double Discount { get; init; } = 1;

    /// <summary>Weight of the reference in inpo's anchor, in (0, 1]: tau / eta. <c>reference_share</c></summary>
    public double ReferenceShare { get; init; } = 1.0 / 3;

    /// <summary>Weight of the refined margin in sr_dpo and sr_ipo, above 0. <c>sr_lambda</c></summary>
    public double RefinementWeight { get; init; } = 0.3;

    /// <summary>Whose reading of the formulas. <c>dialect</c></summary>
    public Dialect Dialect { get; init; } = Dialect.Trl;

    /// <exception cref="InputException">An option is outside its range.</exception>
    public void Validate()
    {
        OptionRange.RequireAboveZero("beta", Beta);
        OptionRange.RequireSmoothing("label_smoothing", LabelSmoothing);
        OptionRange.Require(LossTypes.Count > 0, "loss_type", "at least one", "none");
        OptionRange.Require(LossWeights.Count == 0 || LossWeights.Count == LossTypes.Count, "loss_weights", $"{LossTypes.Count} numbers, one for each loss_type", $"{LossWeights.Count}");
        foreach (double weight in LossWeights)
        {
            OptionRange.RequireFinite("loss_weights", weight);
        }

        OptionRange.Require(TailWeight is >= 0 and <= 1, "ld_alpha", "a number in [0, 1]", TailWeight);
        OptionRange.Require(
            Divergence is "reverse_kl" or "forward_kl" or "js_divergence" or "alpha_divergence", "f_divergence_type", "reverse_kl, forward_kl, js_divergence or alpha_divergence", Divergence);
        OptionRange.RequireFinite("f_alpha_divergence_coef", DivergenceAlpha);
        OptionRange.RequireAboveZero("discopop_tau", DiscoPopTau);
        OptionRange.RequireFinite("margin_scale", MarginScale);
        OptionRange.RequireAboveZero("mmpo_gamma", MarginGamma);
        OptionRange.RequireShare("cpl_bias", ContrastiveBias);
        OptionRange.RequireShare("discount", Discount);
        OptionRange.RequireShare("reference_share", ReferenceShare);
        OptionRange.RequireAboveZero("sr_lambda", RefinementWeight);
    }
}
