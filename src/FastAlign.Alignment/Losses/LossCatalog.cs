namespace FastAlign.Alignment;

/// <summary>Every loss, family by family; each family's own class makes them.</summary>
public static class LossCatalog
{
    /// <summary>What users are told of each. Names are unique within a command.</summary>
    public static IReadOnlyList<LossInfo> All { get; } =
        [.. LikelihoodLosses, .. PairLosses.All, .. UnpairedLosses.All, .. RewardLosses.All, .. PolicyLosses.All, .. DistillationLosses.All];

    private static IReadOnlyList<LossInfo> LikelihoodLosses =>
    [
        new(
            "nll", "sft",
            "-sum_t log pi(y_t) / D; D the target tokens of the step",
            "maximum likelihood; TRL's SFTTrainer",
            "the base model's mean surprise on the texts at step 0, in nats a token; its exponential is the perplexity"),
        new(
            "dft", "sft",
            "-sum_t sg(pi(y_t)) log pi(y_t) / D; D the target tokens of the step",
            "Wu et al., 2025, On the Generalization of SFT: A Reinforcement Learning Perspective with Reward Rectification",
            "at most 1/e = 0.37 a token, whatever the model: p log p; it rises first where improbable tokens become probable, so read mean_token_accuracy beside it"),
    ];
}
