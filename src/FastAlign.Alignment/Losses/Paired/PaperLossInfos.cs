namespace FastAlign.Alignment;

/// <summary>Losses of papers that the <c>dpo</c> command trains with, described.</summary>
internal static class PaperLossInfos
{
    public static IReadOnlyList<LossInfo> All { get; } =
    [
        new("mmpo", "dpo", "-p log sigmoid(x) - (1-p) log sigmoid(-x), p = sigmoid(gamma m), x = beta (s_c - s_r), m the row's margin (quality gap)", "Kim et al. 2024 (MMPO)", "0.6931 at step 0. Its floor is the entropy of p, not 0: reward margins settle at gamma m.") { Options = ["beta", "mmpo_gamma"] },
        new("cpl", "dpo", "-log sigmoid(S+ - b S-), S = beta sum_t discount^t (log pi - log ref); label-weighted both ways", "Hejna et al. 2024 (CPL-KL; discount 1 in the authors' code)", "0.6931 at step 0. With b < 1 the optimum keeps the preferred segment likely.") { Options = ["beta", "cpl_bias", "discount"] },
        new("sr_dpo", "dpo", "-log sigmoid(beta d - lambda sg[D]), d = c - r, D = beta d after a prompt that asks for quality", "Yu et al. 2024, equation 13", "0.6931 at step 0: policy = reference under either prompt. A pair whose quality differs clearly must reach a larger margin.") { Options = ["beta", "sr_lambda", "quality_prompt"] },
        new("sr_ipo", "dpo", "(d - lambda sg[D] - 1/(2 beta))^2, D with its beta, d without", "Yu et al. 2024, equation 15", "1/(4 beta^2) at step 0.") { Options = ["beta", "sr_lambda", "quality_prompt"] },
        new("rebel", "dpo", "(beta (c - r) - m)^2, m the row's margin: difference of rewards", "Gao et al. 2024 (REBEL; beta is 1/eta)", "Mean squared margin at step 0; 0 where the implicit reward explains every difference.") { Options = ["beta"] },
        new("inpo", "dpo", "(c - r - 1/(2 beta))^2 against log ref' = a log ref + (1-a) log pi_t, a = reference_share = tau/eta, beta = eta", "Zhang et al. 2025 (INPO), equation 8", "1/(4 beta^2) at the start of the first round, where pi_t = ref. Pairs must come from pi_t; chosen_old_logps and rejected_old_logps of the rows say its log-probs per token, else pi_t = ref.") { Options = ["beta", "reference_share"] },
        new("onpo", "dpo", "(c - r - eta/2)^2 with the auxiliary policy as reference, beta = 1/eta", "Zhang et al. 2025 (ONPO); the anchor is the auxiliary policy in both regressions", "eta^2/4 = 1/(4 beta^2) at step 0. Train twice on the same pairs: reference aux_t gives aux_(t+1), reference aux_(t+1) gives pi_(t+1).") { Options = ["beta"] },
        new("egpo", "dpo", "(h(y) - h(y') - m/beta)^2, h = log pi - log ref, m = P(y > mu) - P(y' > mu)", "Zhou et al. 2025 (EGPO)", "Mean (m/beta)^2 at step 0. One half step against pi, then the step from the saved weights against the half-step policy.")
        {
            Options = ["beta", "length_normalized"],
            Dialects = ["theory and simulations: sums; the authors' language-model code sets length_normalized"],
        },
        new("dno", "dpo", "-p log sigmoid(u) - (1-p) log sigmoid(-u), p = sigmoid(m), u = beta (c - r), m = r_t(y) - r_t(y'), r_t = expected win rate against pi_t", "Rosset et al. 2024 (DNO); beta is its eta", "0.6931 at step 0. Its minimiser is pi_t e^(r_t/eta)/Z; hard labels (sigmoid) do not recover that.") { Options = ["beta"] },
    ];
}
