namespace FastAlign.Alignment;

/// <summary>
/// Entropy bonus: <c>loss -= coefficient * mean entropy</c>, with its true gradient. With a target, the coefficient counts only while the entropy last seen is not
/// above it, and moves by <see cref="Delta"/> towards it after each step (Skywork-OR1, He et al., 2025, section 4; TRL's <c>entropy_target</c>).
/// </summary>
public sealed record EntropyBonus
{
    /// <summary>Price of a nat of mean token entropy. <c>entropy_coef</c></summary>
    public required double Coefficient { get; init; }

    /// <summary>Mean token entropy to hold, nats; null keeps the coefficient. <c>entropy_target</c></summary>
    public double? Target { get; init; }

    /// <summary>By how much the coefficient moves a step. <c>entropy_coef_delta</c></summary>
    public double Delta { get; init; } = 1e-4;

    /// <summary>Least coefficient. <c>entropy_coef_min</c></summary>
    public double Least { get; init; }

    /// <summary>Largest coefficient. <c>entropy_coef_max</c></summary>
    public double Most { get; init; } = 1;

    /// <summary>Mean token entropy of the step before, nats; 0 before the first step, so that it has the bonus.</summary>
    public double LastEntropy { get; init; }

    /// <summary>The coefficient that counts now.</summary>
    public double Applied => Target is { } target && LastEntropy > target ? 0 : Coefficient;

    /// <summary>The bonus of the next step.</summary>
    /// <param name="entropy">Mean token entropy of this step, nats.</param>
    public EntropyBonus Next(double entropy) => Target is not { } target
        ? this
        : this with { Coefficient = Math.Clamp(Coefficient + (entropy < target ? Delta : -Delta), Least, Most), LastEntropy = entropy };
}
