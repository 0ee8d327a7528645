namespace FastAlign.Alignment;

/// <summary>
/// The parts that a policy loss is put together from:
/// <code>
/// loss = sum_t a_t (c_t surrogate(x_t, A_t) + beta kl_t) - entropy bonus
/// x_t  log-ratio at its level        a_t  weight of the token / denominator of the normaliser
/// c_t  masks and corrections
/// </code>
/// </summary>
public sealed record PolicyParts
{
    /// <summary>Name as in TRL's <c>loss_type</c>, where it has it.</summary>
    public required string Name { get; init; }

    /// <summary>What a token, or at the levels "Whole" a sequence, is worth.</summary>
    public required ITokenTerm Surrogate { get; init; }

    public required Normalizer Normalizer { get; init; }

    public RatioLevel Level { get; init; }

    /// <summary>Bound of every token's log-ratio, nats: verl and OpenRLHF have 20; infinite for none.</summary>
    public double LogRatioLimit { get; init; } = double.PositiveInfinity;

    /// <summary>Largest log-ratio at its level, nats: verl's GSPO has 10; infinite for none.</summary>
    public double MaxLogRatio { get; init; } = double.PositiveInfinity;

    /// <summary>Clip of a token's log-ratio before the mean over the sequence (GMPO), or null.</summary>
    public ITokenTerm? LogRatioClip { get; init; }

    /// <summary>KL to the reference, per token, or null.</summary>
    public ITokenTerm? Kl { get; init; }

    /// <summary>Price of a nat of <see cref="Kl"/>.</summary>
    public double Beta { get; init; }

    /// <summary>Drops sequences of negative advantage whose mean <c>log mu - log pi</c> is above it (mu sampled them), nats; null keeps all (DeepSeek-V3.2, 2025).</summary>
    public double? OffPolicyThreshold { get; init; }

    /// <summary>Only this share of the step's tokens, those of largest entropy, has a surrogate; 1 keeps all (Wang et al., 2025, "80/20 rule").</summary>
    public double TopEntropyShare { get; init; } = 1;

    /// <summary>Clip-Cov or KL-Cov, or null.</summary>
    public CovarianceRule? Covariance { get; init; }

    public EntropyBonus? Entropy { get; init; }

    public PolicyReport Report { get; init; } = new();

    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether masks or the adaptive entropy coefficient need all rows of a step at once.</summary>
    internal bool IsCoupled => TopEntropyShare < 1 || Covariance is not null || Entropy?.Target is not null;

    /// <summary>Whether the ratio makes one loss per sequence.</summary>
    internal bool IsWhole => Level is RatioLevel.WholeMean or RatioLevel.WholeSum;
}
