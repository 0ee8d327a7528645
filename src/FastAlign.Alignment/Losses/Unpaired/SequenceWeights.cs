using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Factors of the loss by class.</summary>
/// <param name="Desirable">Of desirable completions. <c>desirable_weight</c></param>
/// <param name="Undesirable">Of undesirable ones. <c>undesirable_weight</c></param>
public readonly record struct SequenceWeights(double Desirable, double Undesirable)
{
    /// <summary>1 for both.</summary>
    public static SequenceWeights Equal => new(1, 1);

    // Keeps the ratio of a probability of 1 finite, as in TRL.
    private const double LeastDenominator = 1e-8;

    /// <summary>
    /// Bounds of the density ratio <c>p / (1 - p)</c> that multiplies the loss of undesirable completions, p of <see cref="Column.DesirableProbability"/>
    /// (BCO's "underlying distribution matching"); null uses none.
    /// </summary>
    public (double Least, double Most)? DensityRatio { get; init; }

    /// <summary>Factor of one completion.</summary>
    internal double Of(in LossInputs inputs, int sequence, double label)
    {
        if (label == 1)
        {
            return Desirable;
        }

        if (DensityRatio is not { } bounds)
        {
            return Undesirable;
        }

        ReadOnlySpan<double> probabilities = inputs.Values(Column.DesirableProbability);
        if (probabilities.IsEmpty)
        {
            throw new ShapeException($"[loss] {Column.DesirableProbability.Name}: expected [{inputs.Sequences}], got [0]");
        }

        double p = probabilities[sequence];
        return Undesirable * Math.Clamp(p / (1 - p + LeastDenominator), bounds.Least, bounds.Most);
    }
}
