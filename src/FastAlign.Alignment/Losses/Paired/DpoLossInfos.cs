namespace FastAlign.Alignment;

/// <summary>TRL's fifteen DPO losses, described.</summary>
internal static class DpoLossInfos
{
    private const string LnTwo = "0.6931 at step 0 because policy = reference makes every log-ratio 0. Falls as chosen log-ratios rise above rejected ones.";

    private static readonly string[] Shared = ["beta", "f_divergence_type", "f_alpha_divergence_coef", "ld_alpha", "use_weighting", "length_normalized", "loss_weights"];

    private static readonly string[] Raw = ["beta", "ld_alpha", "use_weighting", "length_normalized", "loss_weights"];

    public static IReadOnlyList<LossInfo> All { get; } =
    [
        new("sigmoid", "dpo", "-log sigmoid(beta (s_c - s_r) - k m); s = log pi - log ref summed over the completion, or its divergence score; m the row's margin", "Rafailov et al. 2023, equation 7; margins: Amini et al. 2024; scores: Wang et al. 2024", LnTwo)
        {
            Options = [.. Shared, "label_smoothing", "margin_scale"],
            Dialects =
            [
                "trl: label_smoothing is ignored",
                "original, openrlhf, verl, llama-factory: -(1-e) log sigmoid(x) - e log sigmoid(-x) (cDPO)",
                "original: alpha_divergence is (1 - u^-a)/a, in trl (u^(a-1) - 1)/(a-1)",
                "llama-factory: ld_alpha weighs the policy's tails only, trl those of policy and reference",
            ],
        },
        new("hinge", "dpo", "max(0, 1 - beta (s_c - s_r) + k m)", "Liu et al. 2024 (RSO); Zhao et al. 2023 (SLiC)", "1 at step 0. 0 once every pair's reward margin is 1 or more.") { Options = [.. Shared, "margin_scale"] },
        new("ipo", "dpo", "(s_c/n_c - s_r/n_r - 1/(2 beta))^2", "Azar et al. 2024, equation 17", "1/(4 beta^2) at step 0 (25 at beta 0.1). Its optimum is a log-ratio difference of 1/(2 beta) per token, so it does not grow without bound.")
        {
            Options = Shared,
            Dialects = ["trl, llama-factory, verl: log-ratios are divided by completion lengths", "original, openrlhf: log-ratios are sums"],
        },
        new("exo_pair", "dpo", "sigmoid(x)(log sigmoid(x) - log(1-e)) + sigmoid(-x)(log sigmoid(-x) - log e), x = beta (s_c - s_r)", "Ji et al. 2024", "-ln 2 - (log(1-e) + log e)/2 at step 0. 0 where the policy's preference equals the smoothed label 1-e.") { Options = [.. Shared, "label_smoothing"] },
        new("nca_pair", "dpo", "-log sigmoid(beta c) - (log sigmoid(-beta c) + log sigmoid(-beta r))/2", "Chen et al. 2024", "1.3863 = 2 ln 2 at step 0. Holds the chosen side's likelihood up besides widening the margin.") { Options = Raw },
        new("robust", "dpo", "[-(1-e) log sigmoid(x) + e log sigmoid(-x)]/(1-2e), x = beta (s_c - s_r)", "Chowdhury et al. 2024", LnTwo + " May go below 0: unbiased under a share e of flipped labels.") { Options = [.. Shared, "label_smoothing", "margin_scale"] },
        new("bco_pair", "dpo", "-log sigmoid(beta c) - log sigmoid(-beta r)", "Jung et al. 2024", "1.3863 = 2 ln 2 at step 0. Chosen rewards should rise above 0, rejected ones fall below.")
        {
            Options = Raw,
            Dialects =
            [
                "trl: no running shift of the rewards; for that see the unpaired loss bco",
                "llama-factory: -log sigmoid(beta c - delta) - log sigmoid(delta - beta r), delta the mean of the steps' mean rewards so far; its pref_bco_weight w is loss_weights 1/(1+w), w/(1+w) of sigmoid, bco_pair",
            ],
        },
        new("sppo_hard", "dpo", "(c - 1/(2 beta))^2 + (r + 1/(2 beta))^2", "Wu et al. 2024", "1/(2 beta^2) at step 0 (50 at beta 0.1). Its optimum has chosen log-ratios of 1/(2 beta), rejected ones of the opposite.") { Options = Raw },
        new("aot", "dpo", "-(1-e) log sigmoid(beta x) - e log sigmoid(-beta x), x = sort(log pi_c - log pi_r) - sort(log ref_c - log ref_r) over the step", "Melnyk et al. 2024", "0.6931 at step 0. Compares the distribution of margins, not margins pair by pair: it needs a large step.") { Options = ["beta", "label_smoothing", "ld_alpha"] },
        new("aot_unpaired", "dpo", "-(1-e) log sigmoid(beta x) - e log sigmoid(-beta x), x = sort(c) - sort(r) over the step", "Melnyk et al. 2024", "0.6931 at step 0. Chosen and rejected need not answer the same prompt.") { Options = ["beta", "label_smoothing", "ld_alpha"] },
        new("apo_zero", "dpo", "1 - sigmoid(beta c) + sigmoid(beta r)", "D'Oosterlinck et al. 2024", "1 at step 0, between 0 and 2. For chosen completions better than what the model writes: their likelihood rises.") { Options = Raw },
        new("apo_down", "dpo", "sigmoid(beta c) + 1 - sigmoid(beta (c - r))", "D'Oosterlinck et al. 2024", "1 at step 0, between 0 and 2. For chosen completions worse than what the model writes: both likelihoods fall, the rejected one more.") { Options = Raw },
        new("discopop", "dpo", "-log sigmoid(x)(1-q) + e^-x q, q = sigmoid(x/tau), x = beta (s_c - s_r)", "Lu et al. 2024", "0.8466 = (ln 2 + 1)/2 at step 0. Not convex: flat around 0.") { Options = [.. Shared, "discopop_tau"] },
        new("sft", "dpo", "-log pi of the chosen completions, mean over their tokens", "TRL; as a second loss: Pang et al. 2024 (RPO), Wang et al. 2024 (MPO)", "Nats per token of the chosen side. Beside sigmoid it keeps the chosen likelihood from falling.")
        {
            Options = ["loss_weights"],
            Dialects = ["trl: mean over all chosen tokens of the step", "original (RPO): mean over the tokens of each pair, then over pairs"],
        },
        new("sigmoid_norm", "dpo", "-log sigmoid(beta (s_c/n_c - s_r/n_r))", "TRL", "0.6931 at step 0. Rewards are per token: beta wants to be larger than for sigmoid, about by the completion length.") { Options = Shared },
    ];
}
