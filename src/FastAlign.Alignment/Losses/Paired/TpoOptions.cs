using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Options of triple preference optimisation, named as in TRL's <c>TPOConfig</c>.</summary>
public sealed record TpoOptions
{
    /// <summary>sigmoid, hinge, ipo or tpo-l. <c>loss_type</c></summary>
    public string LossType { get; init; } = "sigmoid";

    /// <summary>Inverse temperature, above 0. <c>beta</c></summary>
    public double Beta { get; init; } = 0.01;

    /// <summary>Probability that a preference label is wrong, in [0, 0.5); used by sigmoid and tpo-l. <c>label_smoothing</c></summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Weight of the demonstration's negative log-likelihood, at least 0. <c>tpo_alpha</c></summary>
    public double LikelihoodWeight { get; init; } = 1;

    /// <summary>Reward margin every pair should reach, in tpo-l. <c>tpo_l_gamma</c></summary>
    public double Gamma { get; init; } = 0.5;

    /// <exception cref="InputException">An option is outside its range.</exception>
    public void Validate()
    {
        OptionRange.RequireAboveZero("beta", Beta);
        OptionRange.RequireSmoothing("label_smoothing", LabelSmoothing);
        OptionRange.RequireAtLeastZero("tpo_alpha", LikelihoodWeight);
        OptionRange.RequireFinite("tpo_l_gamma", Gamma);
    }
}
