using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Options of the paired losses without a reference, named as in TRL's <c>CPOConfig</c> where it has them.</summary>
public sealed record CpoOptions
{
    /// <summary>See <see cref="PairLosses.CpoNames"/>. <c>loss_type</c></summary>
    public string LossType { get; init; } = "sigmoid";

    /// <summary>Inverse temperature, above 0. <c>beta</c></summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>Probability that a preference label is wrong, in [0, 0.5); used by sigmoid and simpo. <c>label_smoothing</c></summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Weight of the likelihood part; null is 1, and 0 for cpl. <c>cpo_alpha</c></summary>
    public double? LikelihoodWeight { get; init; }

    /// <summary>Reward margin every pair should reach, in simpo. <c>simpo_gamma</c></summary>
    public double SimpoGamma { get; init; } = 0.5;

    /// <summary>AlphaPO's alpha: the reward is <c>(1 - p^-alpha) / alpha</c> in place of <c>log p</c>; 0 is log p. <c>alpha</c></summary>
    public double Alpha { get; init; }

    /// <summary>Log-prob margin of slic, at least 0. <c>slic_delta</c></summary>
    public double SlicDelta { get; init; } = 1;

    /// <summary>Factor of the rejected segment in cpl, in (0, 1]. <c>cpl_bias</c></summary>
    public double ContrastiveBias { get; init; } = 0.5;

    /// <summary>Weight of a token is this to the power of its position, in (0, 1]; for cpl. <c>discount</c></summary>
    public double Discount { get; init; } = 1;

    /// <exception cref="InputException">An option is outside its range.</exception>
    public void Validate()
    {
        OptionRange.RequireAboveZero("beta", Beta);
        OptionRange.RequireSmoothing("label_smoothing", LabelSmoothing);
        OptionRange.RequireAtLeastZero("cpo_alpha", LikelihoodWeight ?? 0);
        OptionRange.RequireFinite("simpo_gamma", SimpoGamma);
        OptionRange.RequireFinite("alpha", Alpha);
        OptionRange.RequireAtLeastZero("slic_delta", SlicDelta);
        OptionRange.RequireShare("cpl_bias", ContrastiveBias);
        OptionRange.RequireShare("discount", Discount);
    }
}
