using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// Nash-MD: <c>mean_i sum_t (beta sg(logp_t - ref_t) - (p_i - 1/2)) logp_t</c>, p the probability that completion i beats its opponent
/// (<see cref="Column.WinProbability"/>): a policy gradient towards the Nash equilibrium of the regularised game (Munos et al., 2024). The log-ratio is a
/// constant; the opponent is sampled from a mixture of policy and reference by whoever makes the data.
/// </summary>
/// <param name="beta">Weight of the regularisation, above 0.</param>
public sealed class NashMdLoss(double beta) : ILoss
{
    public string Name => "nash_md";

    public bool NeedsReference => true;

    public IReadOnlyList<string> Warnings => [];

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        inputs.Validate();
        gradients.Validate(inputs.Rows);
        gradients.Entropy.Clear();
        ReadOnlySpan<double> probability = inputs.Values(Column.WinProbability);
        if ((probability.IsEmpty || inputs.ReferenceLogProb.IsEmpty) && inputs.Rows > 0)
        {
            throw new ShapeException($"[{Name}] {Column.WinProbability.Name}, referenceLogProb: expected [{inputs.Sequences}], [{inputs.Rows}], "
                + $"got [{probability.Length}], [{inputs.ReferenceLogProb.Length}]");
        }

        double score = 0;
        double pull = 0;
        double kl = 0;
        for (int s = 0; s < inputs.Sequences; s++)
        {
            for (int t = inputs.RowStarts[s]; t < inputs.RowStarts[s + 1]; t++)
            {
                double weight = inputs.Weight.IsEmpty ? 1 : inputs.Weight[t];
                double logProb = weight == 0 ? 0 : inputs.LogProb[t];
                double ratio = weight == 0 ? 0 : logProb - inputs.ReferenceLogProb[t];
                double gain = probability[s] - 0.5;
                score += weight * gain * logProb;
                pull += weight * ratio * logProb;
                kl += weight * ratio;
                gradients.LogProb[t] = weight * ((beta * ratio) - gain) / step.Sequences;
            }
        }

        metrics.Add(PairMetrics.GameScore, score, inputs.Sequences);
        metrics.Add(PairMetrics.GameKl, kl, inputs.Sequences);
        return ((beta * pull) - score) / step.Sequences;
    }
}
