namespace FastAlign.Alignment;

/// <summary>What users are told about the policy losses.</summary>
internal static class PolicyLossInfo
{
    private const string Command = "offline-grpo";
    private const string Clip = "-min(min(rho, delta) A, clip(rho, 1 - epsilon, 1 + epsilon_high) A)";
    private const string ZeroReading = "Near 0 at step 0 whatever the rewards: rho = 1 and advantages of a group add up to 0. Watch reward, grad_norm, kl and clip_ratio instead.";
    private const string ValueReading = "The value itself says nothing; its gradient at rho = 1 is that of -A log pi. Watch reward, grad_norm and kl instead.";
    private const string TrlRatio = "trl: the log-ratio is not bounded";
    private const string BoundedRatio = "verl, openrlhf: the log-ratio of a token is kept in [-20, 20]; verl: a loss beyond -3 A for A < 0 is cut (dual_clip)";

    private static readonly string[] Common =
    [
        "beta", "kl_estimator", "use_bias_correction_kl", "loss_agg_mode", "off_policy_mask_threshold", "top_entropy_quantile", "entropy_coef", "entropy_target",
        "entropy_coef_delta", "entropy_coef_min", "entropy_coef_max", "dialect",
    ];

    private static readonly string[] Clipping = ["importance_sampling_level", "epsilon", "epsilon_high", "delta", "dual_clip", .. Common];

    private static readonly string[] Kl =
    [
        "trl, original: KL estimates are not bounded", "verl: d of k3 is kept in [-20, 20], k3 below 10", "openrlhf: estimates are kept in [-10, 10]",
    ];

    public static IReadOnlyList<LossInfo> All { get; } =
    [
        Clipped("ppo", "sum over tokens / tokens of the step", "Schulman et al., 2017, \"Proximal Policy Optimization Algorithms\", equation 7"),
        Clipped("grpo", "mean over sequences of token means", "Shao et al., 2024, \"DeepSeekMath\", equation 3"),
        Clipped("bnpo", "sum over tokens / tokens of the step", "TRL's name for the token mean of a batch"),
        Clipped("dr_grpo", "sum over tokens / (sequences max_completion_length)", "Liu et al., 2025, \"Understanding R1-Zero-Like Training\""),
        Clipped("dapo", "sum over tokens / mean tokens of a step of the rollout batch", "Yu et al., 2025, \"DAPO\", equation 8"),
        Clipped("luspo", "mean over sequences of token sums", "Length-unbiased sequence policy optimization, 2026; meant for importance_sampling_level sequence"),
        Clipped("async_grpo", "sum over tokens / tokens of the step", "TRL's asynchronous GRPO"),
        new("gspo", Command, $"{Clip}, rho = exp(mean_t log(pi / old)) of the sequence; mean over sequences", "Zheng et al., 2025, \"Group Sequence Policy Optimization\", equation 5", ZeroReading)
        {
            Options = Clipping,
            Dialects = ["trl, original, openrlhf: the ratio of the sequence, differentiated by all its tokens", "verl: gspo_token, the log-ratio kept below 10", .. Kl],
        },
        new("gspo_token", Command, $"{Clip}, rho with the value of the sequence's ratio and the gradient of the token's", "Zheng et al., 2025, equation 13", ZeroReading)
        {
            Options = Clipping,
            Dialects = Kl,
        },
        new("gmpo", Command, "-exp(mean_t x_t) A, x_t = log(pi / old) kept below epsilon_high if A > 0, above -epsilon else; mean over sequences", "Zhao et al., 2025, \"Geometric-Mean Policy Optimization\"", ZeroReading)
        {
            Options = ["epsilon", "epsilon_high", .. Common],
            Dialects = Kl,
        },
        new("rloo", Command, $"{Clip}, rho = exp(sum_t log(pi / old)) of the sequence; mean over sequences; advantages leave one out", "Ahmadian et al., 2024, \"Back to Basics\"", ZeroReading)
        {
            Options = Clipping,
            Dialects = Kl,
        },
        new("cispo", Command, "-sg(min(rho, epsilon_high)) A log pi; sum over tokens / mean tokens of a step of the rollout batch", "MiniMax, 2025, \"MiniMax-M1\", equation 4", ValueReading)
        {
            Options = ["importance_sampling_level", "epsilon", "epsilon_high", .. Common],
            Dialects = ["trl: epsilon_high is the largest weight itself; epsilon is not used", "original, verl, openrlhf: the weight is kept in [1 - epsilon, 1 + epsilon_high]", .. Kl],
        },
        new("sapo", Command, "-(4 / tau) sigmoid(tau (rho - 1)) A; mean over sequences of token means", "Gao et al., 2025, \"Soft Adaptive Policy Optimization\"", "-2 A / tau at step 0. " + ValueReading)
        {
            Options = ["importance_sampling_level", "sapo_temperature_pos", "sapo_temperature_neg", .. Common],
            Dialects = [TrlRatio, BoundedRatio, .. Kl],
        },
        new("vespo", Command, "-sg(phi) A log pi, phi = exp(lambda + k log w - lambda w), w the ratio of the whole sequence", "Variational sequence-level soft policy optimization, 2026", ValueReading)
        {
            Options = ["vespo_k_pos", "vespo_lambda_pos", "vespo_k_neg", "vespo_lambda_neg", .. Common],
            Dialects = Kl,
        },
        new("gpg", Command, "-A log pi; sum over tokens / tokens of the step", "Chu et al., 2025, \"GPG\"; REINFORCE (Williams, 1992)", ValueReading) { Options = Common, Dialects = Kl },
        new("clip_cov", Command, $"{Clip}; a random few tokens whose covariance (A - mean A)(log pi - mean log pi) lies in [1, 5] have none", "Cui et al., 2025, \"The Entropy Mechanism\", section 4", ZeroReading)
        {
            Options = ["clip_cov_ratio", "clip_cov_lb", "clip_cov_ub", .. Clipping],
            Dialects = [TrlRatio, BoundedRatio, .. Kl],
        },
        new("kl_cov", Command, "-rho A; tokens of largest covariance also pay ppo_kl_coef |log rho|", "Cui et al., 2025, section 4", ZeroReading)
        {
            Options = ["kl_cov_ratio", "ppo_kl_coef", .. Common],
            Dialects = Kl,
        },
    ];

    private static LossInfo Clipped(string name, string aggregation, string source) => new(name, Command, $"{Clip}; {aggregation}", source, ZeroReading)
    {
        Options = name == "dr_grpo" ? ["max_completion_length", .. Clipping] : Clipping,
        Dialects = [TrlRatio, BoundedRatio, .. Kl],
    };
}
