using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// <c>min(exp([logp - old]±20), c)</c>, no gradient: discounts tokens that the policy has come to prefer since they were sampled (TRL
/// <c>distillation_is_clip</c>).
/// </summary>
/// <param name="Most">c, above 0; infinity means no weights at all.</param>
public readonly record struct ImportanceClip(double Most)
{
    private const double LargestLogRatio = 20;

    public static ImportanceClip None => new(double.PositiveInfinity);

    /// <summary>Weight of row <paramref name="t"/>.</summary>
    public double Of(in LossInputs inputs, int t)
    {
        if (double.IsPositiveInfinity(Most))
        {
            return 1;
        }

        ReadOnlySpan<double> old = inputs.Values(Column.OldLogProb);
        double ratio = old.IsEmpty ? 0 : Math.Clamp(inputs.LogProb[t] - old[t], -LargestLogRatio, LargestLogRatio);
        return Math.Min(Math.Exp(ratio), Most);
    }
}
