using System.Text.Json;
using FastAlign.Alignment;

namespace FastAlign.Tests;

/// <summary>Reads the method arguments of TRL's paired trainers. An argument that nobody knows fails.</summary>
internal static class PairedRuns
{
    private static readonly string[] Data = ["max_length", "truncation_mode"];

    /// <summary>Whether this trainer is one of them.</summary>
    public static bool Has(string trainer) => trainer is "trl.DPOTrainer" or "trl.experimental.cpo.CPOTrainer" or "trl.experimental.orpo.ORPOTrainer" or "trl.experimental.tpo.TPOTrainer";

    /// <summary>What stands beside the pair.</summary>
    public static PreferenceExtra Extra(string trainer) => trainer switch
    {
        "trl.experimental.orpo.ORPOTrainer" => PreferenceExtra.Prompt,
        "trl.experimental.tpo.TPOTrainer" => PreferenceExtra.Demonstration,
        _ => PreferenceExtra.None,
    };

    public static ILoss Loss(string trainer, JsonElement method)
    {
        switch (trainer)
        {
            case "trl.DPOTrainer":
                RequireKnown(
                    method, "loss_type", "loss_weights", "beta", "label_smoothing", "f_divergence_type", "f_alpha_divergence_coef", "ld_alpha", "use_weighting",
                    "discopop_tau", "sync_ref_model", "ref_model_mixup_alpha", "ref_model_sync_steps");
                return PairLosses.Dpo(new DpoOptions
                {
                    LossTypes = method.TryGetProperty("loss_type", out JsonElement types) ? [.. types.EnumerateArray().Select(type => type.GetString()!)] : ["sigmoid"],
                    LossWeights = method.TryGetProperty("loss_weights", out JsonElement weights) ? weights.Numbers() : [],
                    Beta = method.Number("beta", 0.1),
                    LabelSmoothing = method.Number("label_smoothing", 0),
                    Divergence = method.TryGetProperty("f_divergence_type", out JsonElement divergence) ? divergence.GetString()! : "reverse_kl",
                    DivergenceAlpha = method.Number("f_alpha_divergence_coef", 0.5),
                    TailWeight = method.Number("ld_alpha", 1),
                    DiscoPopTau = method.Number("discopop_tau", 0.05),
                    IsProbabilityWeighted = method.TryGetProperty("use_weighting", out JsonElement isWeighted) && isWeighted.GetBoolean(),
                });
            case "trl.experimental.cpo.CPOTrainer":
                RequireKnown(method, "loss_type", "beta", "label_smoothing", "cpo_alpha", "simpo_gamma", "alpha");
                return PairLosses.Cpo(new CpoOptions
                {
                    LossType = LossType(method),
                    Beta = method.Number("beta", 0.1),
                    LabelSmoothing = method.Number("label_smoothing", 0),
                    LikelihoodWeight = method.Number("cpo_alpha", 1),
                    SimpoGamma = method.Number("simpo_gamma", 0.5),
                    Alpha = method.Number("alpha", 0),
                });
            case "trl.experimental.tpo.TPOTrainer":
                RequireKnown(method, "loss_type", "beta", "label_smoothing", "tpo_alpha", "tpo_l_gamma");
                return PairLosses.Tpo(new TpoOptions
                {
                    LossType = LossType(method),
                    Beta = method.Number("beta", 0.01),
                    LabelSmoothing = method.Number("label_smoothing", 0),
                    LikelihoodWeight = method.Number("tpo_alpha", 1),
                    Gamma = method.Number("tpo_l_gamma", 0.5),
                });
            default:
                RequireKnown(method, "beta");
                return PairLosses.Orpo(method.Number("beta", 0.1));
        }
    }

    /// <summary>TRL averages the losses of micro-batches; TR-DPO moves the reference.</summary>
    public static TrainingOptions Options(JsonElement method, TrainingOptions options) => options with
    {
        Accumulation = AccumulationMode.MicroBatchMean,
        ReferenceSyncSteps = method.TryGetProperty("sync_ref_model", out JsonElement isSynced) && isSynced.GetBoolean() ? (int)method.Number("ref_model_sync_steps", 512) : 0,
        ReferenceMixupAlpha = method.Number("ref_model_mixup_alpha", 0.6),
    };

    private static string LossType(JsonElement method) => method.TryGetProperty("loss_type", out JsonElement type) ? type.GetString()! : "sigmoid";

    private static void RequireKnown(JsonElement method, params string[] known) =>
        Assert.Empty(method.EnumerateObject().Select(argument => argument.Name).Except(known).Except(Data));
}
