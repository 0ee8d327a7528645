using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Losses that compare the policy with a teacher: of the same vocabulary, but for <see cref="Universal"/>.</summary>
public static class DistillationLosses
{
    /// <summary>The loss for a teacher with a tokenizer of its own.</summary>
    public const string Universal = "uld";

    /// <summary>What users are told of each.</summary>
    public static IReadOnlyList<LossInfo> All { get; } =
    [
        new(
            "gkd", "distill",
            "sum over scored tokens of D(teacher, policy) over their number; D = KL(q, p) at beta 0, KL(p, q) at beta 1, else beta KL(q, m) + (1 - beta) KL(p, m) "
            + "with m = beta q + (1 - beta) p; q the teacher, p the policy, both at the temperature",
            "Agarwal et al., 2024, On-Policy Distillation of Language Models, equation 1",
            "the divergence of the two models at step 0, nats per token; falls towards 0, which it reaches only where they agree; at most ln 2 at beta 0.5")
        {
            Options = ["beta", "temperature", "top_k", "add_tail", "distillation_is_clip"],
            Dialects =
            [
                "trl: as here, without the factor T^2 of Hinton et al.; GKDTrainer itself passes temperature 1, whatever its option says",
                "original: the paper's data mix (lmbda) samples from the policy; offline data are lmbda 0",
            ],
        },
        new(
            "self_distillation", "distill",
            "as gkd, but the mean over sequences of the mean over their tokens",
            "TRL, experimental SDPO and SDFT; Shenfeld et al., 2026, Self-Distillation Enables Continual Learning",
            "as gkd; every sequence weighs the same, however long")
        {
            Options = ["beta", "temperature", "top_k", "add_tail", "distillation_is_clip"],
            Dialects = ["trl: its distillation_alpha is beta here; its top-k are the policy's at every alpha, here at beta 1"],
        },
        new(
            "sampled_token", "distill",
            "sg(s - t) s of the data's token, mean over sequences of the mean over their tokens; s, t = log-prob under policy, teacher",
            "TRL, experimental SDPO, distillation_mode sampled_token",
            "no divergence but a gradient: that of KL(policy, teacher), where the policy sampled the data; 0 where both agree")
        {
            Options = ["temperature", "distillation_is_clip"],
        },
        new(
            "iw_opd", "distill",
            "-s sg(w a) of the data's token, over their number; a = t - rollout log-prob, w = 1 + iw_opd_gamma (1 - sum of |a| before it / sum of |a|)",
            "TRL, experimental IW-OPD",
            "0 where policy and teacher agree; its gradient raises tokens that the teacher likes better, the first ones most")
        {
            Options = ["temperature", "iw_opd_gamma", "iw_opd_epsilon"],
        },
        new(
            "minillm", "distill",
            "-(A + A_t) with a ratio of 1, plus KL(policy, teacher) of each token; A_t = sum over i >= t of gamma^i (t_i - s_i), over sum of gamma^i with "
            + "length_normalization; over the number of tokens",
            "Gu et al., 2024, MiniLLM: Knowledge Distillation of Large Language Models, section 2.2",
            "twice KL(policy, teacher) per token at step 0 with gamma 0 on the policy's own samples; falls towards 0")
        {
            Options = ["temperature", "gamma", "length_normalization", "rkl_advantage", "single_step_decomposition"],
            Dialects = ["trl: discounts by gamma^i, the token's place in the completion, and lets the gradient through A_t", "original: discounts by gamma^(i - t), no gradient through A_t; not offered"],
        },
        new(
            Universal, "distill",
            "mean over sequences of the mean over stretches of text of sum over ranks r of |P_(r) - Q_(r)|, P and Q the models' masses in descending order; a stretch is "
            + "the shortest text that both tokenizers spell in whole tokens; several tokens: the distribution of one times the probabilities of the others; hybrid: tokens of "
            + "both vocabularies by the divergence of beta, the others by rank; + uld_crossentropy_weight times -log p per token",
            "Boizard et al., 2024, Towards Cross-Tokenizer Distillation, equation 4; TRL, experimental GOLD",
            "0 where the sorted masses agree, at most 2; some tenths at step 0; it sees how sure the teacher is and, but for the hybrid form, not of what")
        {
            Options =
            [
                "beta", "uld_crossentropy_weight", "uld_distillation_weight", "uld_student_temperature", "uld_teacher_temperature", "uld_skip_student_eos", "uld_skip_teacher_eos",
                "use_extended_uld", "uld_token_merge_strategy", "uld_use_hybrid_loss", "uld_hybrid_matched_weight", "uld_hybrid_unmatched_weight", "dialect",
            ],
            Dialects =
            [
                "trl: its strategy observed reads the logits at a token's own place, which predict the token after it, so that stretches of different lengths are compared at different places of the text",
                "original and others: observed reads, as bayesian does in all dialects, the logits that predict the tokens; prefer it",
                "all: TRL aligns completions alone, here it is the whole text, and a stretch with a token that is no target on either side is left out",
                "original (the paper): without alignment and temperature, 1.5 the weight of the distance: use_extended_uld false, uld_crossentropy_weight 1, uld_distillation_weight 1.5",
            ],
        },
    ];

    /// <summary>Values of <c>loss_type</c>.</summary>
    public static IEnumerable<string> Names => All.Select(info => info.Name);

    /// <summary>The loss called <paramref name="name"/>.</summary>
    /// <exception cref="InputException">No such loss, or an option outside its range.</exception>
    public static IDistillationLoss Create(string name, DistillationOptions options)
    {
        options.Validate();
        var clip = new ImportanceClip(options.ImportanceCap ?? double.PositiveInfinity);
        return name switch
        {
            "gkd" => new DivergenceLoss(name, Normalizer.Tokens, clip),
            "self_distillation" => new DivergenceLoss(name, Normalizer.SequenceMeans, clip),
            "sampled_token" => new SampledTokenLoss(Normalizer.SequenceMeans, clip),
            "iw_opd" => new WeightedOnPolicyLoss(options.WeightGamma, options.WeightEpsilon, Normalizer.Tokens),
            "minillm" => new MiniLlmLoss(options.MiniLlm),
            Universal => new UniversalLoss(options.Universal),
            _ => throw new InputException($"loss_type: expected one of {string.Join(", ", Names)}, found {name}"),
        };
    }

    /// <summary>How a teacher is compared with the policy for that loss.</summary>
    /// <exception cref="InputException">No such loss, or an option outside its range.</exception>
    public static TeacherOptions Comparison(string name, DistillationOptions options)
    {
        // MiniLLM's single step is the reverse KL.
        double beta = name == "minillm" ? 1 : options.Beta;
        SupportSource source = beta switch
        {
            0 => SupportSource.Teacher,
            1 => SupportSource.Student,
            _ => SupportSource.Teacher | SupportSource.Student,
        };
        return new TeacherOptions
        {
            Loss = Create(name, options),
            Divergence = options.TopK > 0 ? () => new SupportDivergence(source, options.TopK, options.HasTail) : static () => new FullDivergence(),
            Beta = beta,
            Temperature = options.Temperature,
        };
    }
}
