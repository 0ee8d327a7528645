namespace FastAlign.Alignment;

/// <summary>What happens to the tokens of large covariance between log-prob and advantage, which drive entropy collapse (Cui et al., 2025).</summary>
public enum CovarianceEffect
{
    /// <summary>Clip-Cov: a random few of those within the bounds have no gradient.</summary>
    Drop,

    /// <summary>KL-Cov: the largest ones pay for every nat of log-ratio.</summary>
    Penalize,
}

/// <summary>
/// Choice of tokens by <c>(A_t - mean A) (log pi_t - mean log pi)</c> over the tokens of the step. Defaults are verl's.
/// </summary>
/// <param name="Effect">What happens to the chosen.</param>
public sealed record CovarianceRule(CovarianceEffect Effect)
{
    /// <summary>Share of the step's tokens to choose, at least one token. <c>clip_cov_ratio</c>, <c>kl_cov_ratio</c></summary>
    public double Share { get; init; } = 0.0002;

    /// <summary>Smallest covariance that Clip-Cov chooses from. <c>clip_cov_lb</c></summary>
    public double Least { get; init; } = 1;

    /// <summary>Largest covariance that Clip-Cov chooses from. <c>clip_cov_ub</c></summary>
    public double Most { get; init; } = 5;

    /// <summary>Price of a nat under KL-Cov. <c>ppo_kl_coef</c></summary>
    public double Penalty { get; init; } = 1;

    /// <summary>Seed of Clip-Cov's choice, which depends on it and on the positions of the candidates in the step.</summary>
    public ulong Seed { get; init; } = 42;
}
