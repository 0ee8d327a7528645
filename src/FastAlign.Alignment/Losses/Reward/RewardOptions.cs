using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Options of losses that train reward, cost and reaction heads; named as in TRL's <c>RewardConfig</c> where it has them.</summary>
public sealed record RewardOptions
{
    /// <summary>Factor of <c>(r_c + r_r)^2</c>, which keeps scores around 0; at least 0. <c>center_rewards_coefficient</c></summary>
    public double Centering { get; init; }

    /// <summary>Factor of positive labels in the binary loss, above 0. <c>positive_weight</c></summary>
    public double PositiveWeight { get; init; } = 1;

    /// <summary>Factor of the mean squared cost, at least 0; the authors' code has 0.001. <c>cost_regularization</c></summary>
    public double CostRegularization { get; init; } = 0.001;

    /// <summary>lambda_L of ODIN, of the correlations with length, at least 0. <c>length_coefficient</c></summary>
    public double LengthCoefficient { get; init; } = 1;

    /// <summary>lambda_O of ODIN, of the product of the two heads, at least 0. <c>orthogonality_coefficient</c></summary>
    public double OrthogonalityCoefficient { get; init; } = 1;

    /// <summary>Factor of the goal-conditioned term, at least 0; the authors' code has 0.5. <c>contrast_coefficient</c></summary>
    public double ContrastCoefficient { get; init; } = 0.5;

    /// <summary>Positions sampled of each kind for that term, at least 1; the authors' code has 16. <c>contrast_samples</c></summary>
    public int ContrastSamples { get; init; } = 16;

    /// <summary>Reward models that are trained together, each on a bootstrap of its own, as one head of so many scores; 1 for one on all examples. <c>ensemble</c></summary>
    public int Members { get; init; } = 1;

    /// <summary>Whose reading of the formulas. <c>dialect</c></summary>
    public Dialect Dialect { get; init; } = Dialect.Trl;

    /// <exception cref="InputException">An option is outside its range.</exception>
    public void Validate()
    {
        RequireNoLessThanZero(Centering, "center_rewards_coefficient");
        RequireNoLessThanZero(CostRegularization, "cost_regularization");
        RequireNoLessThanZero(LengthCoefficient, "length_coefficient");
        RequireNoLessThanZero(OrthogonalityCoefficient, "orthogonality_coefficient");
        RequireNoLessThanZero(ContrastCoefficient, "contrast_coefficient");
        if (!double.IsFinite(PositiveWeight) || PositiveWeight <= 0)
        {
            throw new InputException($"positive_weight: expected a finite number above 0, found {PositiveWeight}");
        }

        if (Members is < 1 or > Column.LargestEnsemble)
        {
            throw new InputException($"ensemble: expected 1 to {Column.LargestEnsemble}, found {Members}");
        }

        if (ContrastSamples < 1)
        {
            throw new InputException($"contrast_samples: expected at least 1, found {ContrastSamples}");
        }
    }

    private static void RequireNoLessThanZero(double value, string option)
    {
        if (!double.IsFinite(value) || value < 0)
        {
            throw new InputException($"{option}: expected a finite number of at least 0, found {value}");
        }
    }
}
