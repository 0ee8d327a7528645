using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Options of distillation, named as in TRL's configs of GKD, distillation, SDPO, IW-OPD and MiniLLM where they have them.</summary>
public sealed record DistillationOptions
{
    /// <summary>Divergence: 0 is KL(teacher, policy), 1 is KL(policy, teacher), between them the generalised Jensen-Shannon divergence. <c>beta</c></summary>
    public double Beta { get; init; } = 0.5;

    /// <summary>Divides the logits of both models, above 0. <c>temperature</c></summary>
    public double Temperature { get; init; } = 1;

    /// <summary>
    /// Compare so many tokens of each row only, the teacher's most probable ones at beta 0, the policy's at 1, else both; 0 compares the whole vocabulary.
    /// <c>top_k</c>
    /// </summary>
    public int TopK { get; init; }

    /// <summary>With <see cref="TopK"/>: the rest of the probability is one more token, rather than the K are renormalised. <c>add_tail</c></summary>
    public bool HasTail { get; init; } = true;

    /// <summary>Cap of importance weights against recorded log-probs, above 0; null for none. <c>distillation_is_clip</c></summary>
    public double? ImportanceCap { get; init; }

    /// <summary>IW-OPD: extra weight of a sequence's first token. <c>iw_opd_gamma</c></summary>
    public double WeightGamma { get; init; } = 1;

    /// <summary>IW-OPD: least denominator of that weight, above 0. <c>iw_opd_epsilon</c></summary>
    public double WeightEpsilon { get; init; } = 1e-8;

    /// <summary>MiniLLM's parts and discount.</summary>
    public MiniLlmOptions MiniLlm { get; init; } = new();

    /// <summary>What a teacher with a tokenizer of its own needs beside <see cref="Beta"/>.</summary>
    public UniversalOptions Universal { get; init; } = new();

    /// <exception cref="InputException">An option is outside its range.</exception>
    public void Validate()
    {
        Universal.Validate();
        Require(Beta is >= 0 and <= 1, "beta", "0 to 1", Beta);
        Require(Temperature is > 0 and < double.PositiveInfinity, "temperature", "a finite number above 0", Temperature);
        Require(TopK >= 0, "top_k", "at least 0", TopK);
        Require(ImportanceCap is null or > 0, "distillation_is_clip", "a number above 0", ImportanceCap ?? 0);
        Require(WeightGamma is >= 0 and < double.PositiveInfinity, "iw_opd_gamma", "a number of at least 0", WeightGamma);
        Require(WeightEpsilon > 0, "iw_opd_epsilon", "a number above 0", WeightEpsilon);
        Require(MiniLlm.Gamma is >= 0 and <= 1, "gamma", "0 to 1", MiniLlm.Gamma);
    }

    private static void Require(bool holds, string option, string expected, double found)
    {
        if (!holds)
        {
            throw new InputException($"{option}: expected {expected}, found {found}");
        }
    }
}
