using FastAlign.Alignment;

namespace FastAlign.Studies;

/// <summary>What became of a contestant: means with 95% intervals over held-out pairs or prompts.</summary>
internal sealed record Outcome(Contestant Contestant)
{
    /// <summary>Share of prompts on which the trained policy's sample has more gold points than the untrained one's, a tie counting one half; NaN without gold.</summary>
    public Estimate Win { get; init; }

    /// <summary>Share of held-out pairs whose better side the log-ratio prefers.</summary>
    public Estimate Accuracy { get; init; }

    /// <summary>Log-ratio of the better side minus that of the other, nats.</summary>
    public Estimate Margin { get; init; }

    /// <summary>Mean distance of the implied from the true probability of a preference; NaN where either is unknown.</summary>
    public Estimate Calibration { get; init; }

    /// <summary>Log-ratio of the policy's own samples, nats a sequence: an unbiased estimate of KL(policy || reference).</summary>
    public Estimate Kl { get; init; }

    /// <summary>Mean entropy of the policy's predictions along its own samples, nats a token.</summary>
    public Estimate Entropy { get; init; }

    /// <summary>Tokens of the policy's samples.</summary>
    public Estimate Length { get; init; }

    /// <summary>Loss of the last step.</summary>
    public double FinalLoss { get; init; }

    /// <summary>Why there are no figures: training stopped; null when it did not.</summary>
    public string? Failure { get; init; }
}
