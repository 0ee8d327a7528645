namespace FastAlign.Peers;

/// <summary>What both engines train with, besides the defaults of AdamW that they share (0.9, 0.999, 1e-8, no decay).</summary>
internal static class TrainingRecipe
{
    public const double LearningRate = 1e-5;
    public const double MaxGradNorm = 1;
    public const double Beta = 0.1;
    public const uint PolicySeed = 1;

    /// <summary>Another model than the policy: with equal weights every DPO loss is log 2, and the check of the two engines against each other would see nothing.</summary>
    public const uint ReferenceSeed = 2;
}
