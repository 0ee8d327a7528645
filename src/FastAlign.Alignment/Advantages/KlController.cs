using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// Adaptive price of the KL: proportional control in log space (Ziegler et al., 2019, section 2.2):
/// <c>error = clip(kl / target - 1, -0.2, 0.2); coefficient *= 1 + error samples / horizon</c>.
/// </summary>
/// <param name="Coefficient">Price of a nat, at least 0.</param>
/// <param name="Target">KL per sequence to hold, nats, above 0.</param>
/// <param name="Horizon">Samples over which the price moves, above 0.</param>
public sealed record KlController(double Coefficient, double Target, double Horizon)
{
    private const double LargestError = 0.2;

    /// <summary>The controller after some more samples.</summary>
    /// <param name="kl">Their mean KL per sequence, nats.</param>
    /// <param name="samples">How many sequences.</param>
    public KlController Next(double kl, int samples)
    {
        double error = Math.Clamp((kl / Target) - 1, -LargestError, LargestError);
        return this with { Coefficient = Coefficient * (1 + (error * samples / Horizon)) };
    }

    /// <exception cref="InputException">A number is outside its range.</exception>
    public void Validate()
    {
        if (!(Coefficient >= 0 && double.IsFinite(Coefficient) && Target > 0 && Horizon > 0))
        {
            throw new InputException($"kl controller: expected a coefficient of at least 0, a target and a horizon above 0, found {Coefficient}, {Target}, {Horizon}");
        }
    }
}
