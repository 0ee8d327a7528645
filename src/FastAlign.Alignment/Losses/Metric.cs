namespace FastAlign.Alignment;

/// <summary>A figure that training reports: its name as in TRL, what it is, and what its mean is taken over. Compared by identity of name.</summary>
/// <param name="Name">Key in <c>metrics.jsonl</c>.</param>
/// <param name="Definition">Formula and unit.</param>
/// <param name="Denominator">What the mean is over; "none" for a value of the step as a whole.</param>
public sealed record Metric(string Name, string Definition, string Denominator)
{
    public static Metric Loss { get; } = new("loss", "sum of the contributions of the micro-batches of the step, the value whose gradient is applied", "none");

    public static Metric GradNorm { get; } = new("grad_norm", "L2 norm of all gradients of the step, before clipping", "none");

    public static Metric LearningRate { get; } = new("learning_rate", "rate used by the step", "none");

    public static Metric NumTokens { get; } = new("num_tokens", "tokens of all sequences since the start of the run, prompts included, a shared prompt once per sequence", "none");

    public static Metric Entropy { get; } = new("entropy", "-sum_v p_v log p_v of the policy, nats", "scored tokens (of chosen and rejected)");

    public static Metric MeanTokenAccuracy { get; } = new("mean_token_accuracy", "share of tokens that are the policy's most probable; the first maximum wins ties", "scored tokens; for pairs those of the chosen side");

    public static Metric RewardsChosen { get; } = new("rewards/chosen", "beta (log pi - log ref) of the chosen completion, nats", "pairs");

    public static Metric RewardsRejected { get; } = new("rewards/rejected", "beta (log pi - log ref) of the rejected completion, nats", "pairs");

    public static Metric RewardsAccuracies { get; } = new("rewards/accuracies", "share of pairs whose chosen reward is above the rejected one; a tie counts 0", "pairs");

    public static Metric RewardsMargins { get; } = new("rewards/margins", "chosen reward minus rejected reward, nats", "pairs");

    public static Metric LogProbsChosen { get; } = new("logps/chosen", "sum over the scored tokens of the policy's log-prob, weighted as in the loss, chosen side, nats", "pairs");

    public static Metric LogProbsRejected { get; } = new("logps/rejected", "as logps/chosen, rejected side", "pairs");

    public static Metric LogitsChosen { get; } = new("logits/chosen", "mean over the vocabulary of the policy's logits", "scored tokens of the chosen side");

    public static Metric LogitsRejected { get; } = new("logits/rejected", "as logits/chosen, rejected side", "scored tokens of the rejected side");

    public static Metric MinReward { get; } = new("min_reward", "least score", "micro-batches (each its least)");

    public static Metric MeanReward { get; } = new("mean_reward", "score of a completion, in the unit of the model", "sequences");

    public static Metric MaxReward { get; } = new("max_reward", "greatest score", "micro-batches (each its greatest)");

    public static Metric Accuracy { get; } = new("accuracy", "reward models: share of pairs whose chosen score is the higher one, a tie counts 0; heads with labels: share whose label is predicted", "pairs; labelled rows");

    public static Metric Margin { get; } = new("margin", "chosen score minus rejected score", "pairs");

    public static Metric QualityLengthCorrelation { get; } = new("length_correlation/quality", "Pearson's correlation of the quality head's score with the tokens of the sequence (ODIN)", "optimizer steps");

    public static Metric LengthLengthCorrelation { get; } = new("length_correlation/length", "as length_correlation/quality, of the length head", "optimizer steps");

    public static Metric GoalContrast { get; } = new("goal_contrast", "contrastive term of goal-conditioned reward models, before its coefficient", "optimizer steps");

    public static Metric Kl { get; } = new("kl", "estimate of KL(pi, ref) as in the loss, corrected by the ratio where the loss is; in async_grpo rho - 1 - log rho, of the old policy; nats", "scored tokens");

    public static Metric PolicyLoss { get; } = new("policy_loss", "the loss before the entropy bonus", "sequences of the step");

    public static Metric EntropyCoefficient { get; } = new("entropy_coef", "coefficient of the entropy bonus after the step", "micro-batches");

    public static Metric ClipRatioLowMean { get; } = new("clip_ratio/low_mean", "share of ratios below the clip with negative advantage", "scored tokens; sequences where the ratio is one of sequences");

    public static Metric ClipRatioHighMean { get; } = new("clip_ratio/high_mean", "share of ratios above the clip with positive advantage", "as clip_ratio/low_mean");

    public static Metric ClipRatioRegionMean { get; } = new("clip_ratio/region_mean", "share of ratios clipped on either side", "as clip_ratio/low_mean");

    public static Metric ClipRatioLowMin { get; } = new("clip_ratio/low_min", "least share of ratios below the clip in any sequence of the micro-batch", "micro-batches");

    public static Metric ClipRatioHighMax { get; } = new("clip_ratio/high_max", "largest share of ratios above the clip in any sequence of the micro-batch", "micro-batches");

    public static Metric CispoClipRatio { get; } = new("cispo_clip_ratio", "share of ratios above the cap with positive advantage", "as clip_ratio/low_mean");

    public static Metric VespoPhi { get; } = new("vespo/phi_seq_mean", "weight phi of the sequence", "sequences");

    public static Metric Ratio { get; } = new("ratio", "pi / old of the token", "scored tokens");

    /// <summary>The catalogue, in the order in which reports show it. Custom losses may use metrics of their own beside these.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [
        Loss, GradNorm, LearningRate, NumTokens, Entropy, MeanTokenAccuracy, RewardsChosen, RewardsRejected, RewardsAccuracies, RewardsMargins,
        LogProbsChosen, LogProbsRejected, LogitsChosen, LogitsRejected, MinReward, MeanReward, MaxReward, Accuracy, Margin,
        QualityLengthCorrelation, LengthLengthCorrelation, GoalContrast,
        Kl, PolicyLoss, EntropyCoefficient, ClipRatioLowMean, ClipRatioHighMean,
        ClipRatioRegionMean, ClipRatioLowMin, ClipRatioHighMax, CispoClipRatio, VespoPhi, Ratio,
    ];
}
