namespace FastAlign.Alignment;

/// <summary>Losses without a reference, of judged samples, and of lists, described.</summary>
internal static class OtherPairLossInfos
{
    private const string Mixed = "Value depends on the model: there is no reference to start from. nll_loss is nats per token.";

    public static IReadOnlyList<LossInfo> All { get; } =
    [
        new("sigmoid", "cpo", "-(1-e) log sigmoid(x) - e log sigmoid(-x) + cpo_alpha NLL(chosen), x = beta (log pi_c - log pi_r)", "Xu et al. 2024 (CPO)", Mixed) { Options = ["beta", "label_smoothing", "cpo_alpha", "alpha"] },
        new("hinge", "cpo", "max(0, 1 - beta (log pi_c - log pi_r)) + cpo_alpha NLL(chosen)", "TRL CPOTrainer", Mixed) { Options = ["beta", "cpo_alpha", "alpha"] },
        new("ipo", "cpo", "(mean log pi_c - mean log pi_r - 1/(2 beta))^2 + cpo_alpha NLL(chosen)", "TRL CPOTrainer", Mixed) { Options = ["beta", "cpo_alpha", "alpha"] },
        new("simpo", "cpo", "-(1-e) log sigmoid(x) - e log sigmoid(-x) + cpo_alpha NLL(chosen), x = beta (mean log pi_c - mean log pi_r) - gamma", "Meng et al. 2024, equation 6; alpha: Gupta et al. 2025 (AlphaPO)", Mixed + " Plain SimPO sets cpo_alpha to 0.")
        {
            Options = ["beta", "simpo_gamma", "label_smoothing", "cpo_alpha", "alpha"],
            Dialects = ["trl: alpha forms p = e^(log p) first and underflows below log p = -103 in float32; here (1 - e^(-alpha log p))/alpha, equal where both are finite"],
        },
        new("slic", "cpo", "max(0, delta - log pi_c + log pi_r) - cpo_alpha log pi_c, sums, mean over pairs", "Zhao et al. 2023 (SLiC-HF)", Mixed) { Options = ["slic_delta", "cpo_alpha"] },
        new("cpl", "cpo", "-log sigmoid(S+ - b S-) + cpo_alpha NLL(both), S = beta sum_t discount^t log pi", "Hejna et al. 2024 (CPL); cpo_alpha is its c_bc", Mixed) { Options = ["beta", "cpl_bias", "discount", "cpo_alpha"] },
        new("orpo", "orpo", "NLL(prompt and chosen) - beta log sigmoid(log odds_c - log odds_r), odds = p/(1-p), log p the token mean", "Hong et al. 2024, equations 6 and 7", "log_odds_chosen should rise above 0 while nll_loss falls.")
        {
            Options = ["beta"],
            Dialects = ["trl: the likelihood covers the prompt too", "liger, llama-factory: log(1 - p) loses its digits as p nears 1 and gives NaN at 1; here it keeps them"],
        },
        new("sigmoid", "tpo", "-(1-e) log sigmoid(x) - e log sigmoid(-x) + tpo_alpha NLL(demonstration), x = beta (log pi_c - log pi_r)", "Saeidi et al. 2024 (TPO)", Mixed) { Options = ["beta", "label_smoothing", "tpo_alpha"] },
        new("hinge", "tpo", "max(0, 1 - beta (log pi_c - log pi_r)) + tpo_alpha NLL(demonstration)", "TRL TPOTrainer", Mixed) { Options = ["beta", "tpo_alpha"] },
        new("ipo", "tpo", "(mean log pi_c - mean log pi_r - 1/(2 beta))^2 + tpo_alpha NLL(demonstration)", "TRL TPOTrainer", Mixed) { Options = ["beta", "tpo_alpha"] },
        new("tpo-l", "tpo", "-(1-e) log sigmoid(x) - e log sigmoid(-x) + tpo_alpha NLL(demonstration), x = beta (mean log pi_c - mean log pi_r) - gamma", "Saeidi et al. 2024 (TPO-L)", Mixed) { Options = ["beta", "tpo_l_gamma", "label_smoothing", "tpo_alpha"] },
        new("online_dpo", "", "-log sigmoid(beta (c - r)), or (c - r - 1/(2 beta))^2 on sums; chosen is the sample with the higher reward", "Guo et al. 2024", "0.6931 (or 1/(4 beta^2)) at step 0.") { Options = ["loss_type", "beta", "missing_eos_penalty"] },
        new("xpo", "", "online DPO of a policy sample and a reference sample, + alpha log pi(reference sample)", "Xie et al. 2024 (XPO)", "ln 2 + alpha log pi of the reference's sample at step 0.") { Options = ["loss_type", "beta", "alpha"] },
        new("nash_md", "", "beta sum_t sg(log pi - log ref) log pi - (p - 1/2) log pi, p the win probability", "Munos et al. 2024 (Nash-MD)", "A policy gradient: the value itself means little.") { Options = ["beta"] },
        new("a2po", "", "(beta2 (log pi - log ref) - (reward - V*))^2, V* = beta1 (logsumexp(r/beta1) - log N)", "Brantley et al. 2025 (A*-PO)", "Mean squared advantage at step 0.") { Options = ["beta1", "beta2"] },
        new("lambda", "lipo", "sum over psi_i > psi_j of |G_i - G_j| |1/D_i - 1/D_j| log(1 + e^-(s_i - s_j)), G = 2^psi - 1, D = log(1 + rank)", "Liu et al. 2024 (LiPO-lambda), equation 8", "The better ordered the list, the less the top pairs cost. Grows with the list unless list_average is mean.") { Options = ["beta", "list_average"] },
        new("logistic", "lipo", "sum over psi_i > psi_j of log(1 + e^-(s_i - s_j))", "Liu et al. 2024; two completions: DPO", "ln 2 per pair at step 0.") { Options = ["beta", "list_average"] },
        new("hinge", "lipo", "sum over psi_i > psi_j of max(0, 1 - (s_i - s_j))", "Zhao et al. 2023", "1 per pair at step 0.") { Options = ["beta", "list_average"] },
        new("list_mle", "lipo", "-sum_k log(e^s_k / sum of e^s over the k-th best and worse)", "Plackett-Luce; Rafailov et al. 2023, appendix A.3", "log K! at step 0. Two completions: DPO.") { Options = ["beta", "list_average"] },
        new("softmax", "lipo", "-sum_i (psi_i / sum psi) log softmax(s)_i", "Liu et al. 2024", "log K at step 0.") { Options = ["beta", "list_average"] },
        new("mse", "lipo", "sum_i (psi_i - s_i)^2", "Liu et al. 2024", "Sum of psi^2 at step 0.") { Options = ["beta", "list_average"] },
        new("sigmoid", "lipo", "-sum_i (psi_i log sigmoid(s_i) + (1 - psi_i) log sigmoid(-s_i))", "Liu et al. 2024", "K ln 2 at step 0.") { Options = ["beta", "list_average"] },
    ];
}
