namespace FastAlign.Alignment;

/// <summary>Options that are set though the chosen policy loss does not use them.</summary>
internal static class PolicyWarnings
{
    private static readonly string[] Clipping = ["ppo", "bnpo", "grpo", "dr_grpo", "dapo", "luspo", "gspo", "gspo_token", "rloo", "async_grpo", "clip_cov"];
    private static readonly string[] OwnLevel = ["gspo", "gspo_token", "gmpo", "rloo", "gpg"];
    private static readonly string[] Unclipped = ["sapo", "vespo", "gpg", "kl_cov"];

    public static IReadOnlyList<string> Of(string lossType, PolicyOptions options)
    {
        var warnings = new List<string>();
        Add(options.Delta is not null && !Clipping.Contains(lossType), "delta");
        Add(options.DualClip is not null && !Clipping.Contains(lossType), "dual_clip");
        Add(options.EpsilonHigh is not null && Unclipped.Contains(lossType), "epsilon_high");
        Add(options.Level != RatioLevel.Token && OwnLevel.Contains(lossType), "importance_sampling_level");
        Add(options.Covariance is not null && lossType is not ("clip_cov" or "kl_cov"), "clip_cov_ratio, kl_cov_ratio");
        return warnings;

        void Add(bool isUnused, string option)
        {
            if (isUnused)
            {
                warnings.Add($"{option} has no effect: loss_type {lossType} does not use it");
            }
        }
    }
}
