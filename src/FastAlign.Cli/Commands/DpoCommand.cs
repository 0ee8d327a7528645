using System.CommandLine;
using FastAlign.Alignment;
using FastAlign.Cli.Settings;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign dpo</c>: direct preference optimisation.</summary>
internal static class DpoCommand
{
    // Chosen on held-out pairs of the sample: higher rates and more epochs fit the training pairs and lose on the others.
    private static readonly IReadOnlyDictionary<string, string> Demo = SampleRun.Demo(("learning_rate", "1e-4"), ("beta", "0.05"));

    public static Command Create() => TrainingCommand.Create(
        "dpo",
        "Align a model with preference pairs by direct preference optimisation. Without arguments: a small model on a slice of hh-rlhf.",
        Demo,
        [
            .. TrainingSettings.Common("1e-6"),
            .. TrainingSettings.Reference,
            TrainingSettings.Dialect,
            new("beta", SettingKind.Number, "Inverse temperature: larger keeps the policy nearer to the reference.", "0.1"),
            new("label_smoothing", SettingKind.Number, "Probability that a label is wrong, in [0, 0.5).", "0"),
            new("loss_type", SettingKind.Words, $"One or more of {string.Join(", ", PairLosses.DpoNames)}; several make a mixture.", "sigmoid"),
            new("loss_weights", SettingKind.Words, "Factor of each loss_type; 1 each if absent."),
            new("f_divergence_type", SettingKind.Text, "Divergence from the reference: reverse_kl, forward_kl, js_divergence, alpha_divergence.", "reverse_kl"),
            new("f_alpha_divergence_coef", SettingKind.Number, "alpha of alpha_divergence.", "0.5"),
            new("ld_alpha", SettingKind.Number, "Weight of tokens beyond the shorter completion, in [0, 1] (LD-DPO).", "1"),
            new("use_weighting", SettingKind.Flag, "Weigh pairs by how likely the policy is to write them (WPO).", "false"),
            new("discopop_tau", SettingKind.Number, "Temperature of discopop.", "0.05"),
            new("length_normalized", SettingKind.Flag, "Compare log-probs per token rather than summed.", "false"),
            new("margin_scale", SettingKind.Number, "Part of a row's 'margin' that its reward margin should reach, in sigmoid, hinge and robust.", "1"),
            new("mmpo_gamma", SettingKind.Number, "Preference nats per unit of a row's 'margin', in mmpo.", "1"),
            new("cpl_bias", SettingKind.Number, "Factor of the rejected segment in cpl, in (0, 1].", "0.5"),
            new("discount", SettingKind.Number, "Weight of a token is this to the power of its position, in (0, 1].", "1"),
            new("reference_share", SettingKind.Number, "Weight of the reference in inpo's anchor: tau / eta.", "0.3333333333333333"),
            new("sr_lambda", SettingKind.Number, "Weight of the refined margin in sr_dpo and sr_ipo.", "0.3"),
            new("quality_prompt", SettingKind.Text, "Request for quality that sr_dpo and sr_ipo put into a copy of each prompt."),
        ],
        values => values.Text("quality_prompt") is { } request ? new DpoMethod { Loss = Loss(values), QualityPrompt = request } : new DpoMethod { Loss = Loss(values) });

    private static DpoOptions Loss(SettingValues values) => new()
    {
        LossTypes = values.Words("loss_type"),
        LossWeights = values.Numbers("loss_weights"),
        Beta = values.Number("beta"),
        LabelSmoothing = values.Number("label_smoothing"),
        Divergence = values.Text("f_divergence_type")!,
        DivergenceAlpha = values.Number("f_alpha_divergence_coef"),
        TailWeight = values.Number("ld_alpha"),
        IsProbabilityWeighted = values.Flag("use_weighting"),
        DiscoPopTau = values.Number("discopop_tau"),
        IsLengthNormalized = values.Flag("length_normalized"),
        MarginScale = values.Number("margin_scale"),
        MarginGamma = values.Number("mmpo_gamma"),
        ContrastiveBias = values.Number("cpl_bias"),
        Discount = values.Number("discount"),
        ReferenceShare = values.Number("reference_share"),
        RefinementWeight = values.Number("sr_lambda"),
        Dialect = TrainingSettings.DialectOf(values),
    };
}
