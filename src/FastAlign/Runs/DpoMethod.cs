using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.IO.Datasets;
using FastAlign.Models;

namespace FastAlign;

/// <summary>Preference pairs by direct preference optimisation, in any of its forms that compare the policy with a reference.</summary>
public sealed record DpoMethod : TrainingMethod
{
    /// <summary>The loss and its options.</summary>
    public DpoOptions Loss { get; init; } = new();

    /// <summary>The request for quality that sr_dpo and sr_ipo put into a copy of each prompt. <c>quality_prompt</c></summary>
    public string QualityPrompt { get; init; } = "The answer below is helpful and harmless: a careful judge gives it 100 of 100 points.\n\n";

    internal override string Name => "dpo";

    internal override bool NeedsReference => true;

    private bool IsRefined => Loss.LossTypes.Any(name => name is "sr_dpo" or "sr_ipo");

    internal override void Describe(JsonObject settings)
    {
        settings["loss_type"] = string.Join(' ', Loss.LossTypes);
        settings["loss_weights"] = string.Join(' ', Loss.LossWeights.Select(weight => FormattableString.Invariant($"{weight:R}")));
        settings["beta"] = Loss.Beta;
        settings["label_smoothing"] = Loss.LabelSmoothing;
        settings["f_divergence_type"] = Loss.Divergence;
        settings["f_alpha_divergence_coef"] = Loss.DivergenceAlpha;
        settings["ld_alpha"] = Loss.TailWeight;
        settings["use_weighting"] = Loss.IsProbabilityWeighted;
        settings["discopop_tau"] = Loss.DiscoPopTau;
        settings["length_normalized"] = Loss.IsLengthNormalized;
        settings["margin_scale"] = Loss.MarginScale;
        settings["mmpo_gamma"] = Loss.MarginGamma;
        settings["cpl_bias"] = Loss.ContrastiveBias;
        settings["discount"] = Loss.Discount;
        settings["reference_share"] = Loss.ReferenceShare;
        settings["sr_lambda"] = Loss.RefinementWeight;
        settings["quality_prompt"] = IsRefined ? QualityPrompt : null;
        settings["dialect"] = Loss.Dialect.ToString().ToLowerInvariant();
    }

    internal override MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run) => PreferenceRows.Read(
        rows,
        tokenizer,
        run,
        IsRefined ? PreferenceExtra.RefinedPair : PreferenceExtra.None,
        Loss.IsProbabilityWeighted ? HeadStatistics.LogSumSquares : HeadStatistics.None,
        IsRefined ? QualityPrompt : null);

    internal override ILoss CreateLoss() => PairLosses.Dpo(Loss);
}
