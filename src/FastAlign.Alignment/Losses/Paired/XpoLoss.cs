using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// Exploratory preference optimisation: a paired loss on one sample of the policy and one of the reference, and optimism, <c>alpha log pi(y_ref)</c> in the
/// mean over pairs: what the reference would say anyway is made less likely (XPO: Xie et al., 2024). Which sample won is the order of the pair; which is
/// the reference's says <see cref="Column.IsReferenceSample"/>.
/// </summary>
/// <param name="pairs">The paired part.</param>
/// <param name="alpha">Weight of optimism, at least 0.</param>
public sealed class XpoLoss(PairLoss pairs, double alpha) : ILoss
{
    public string Name => $"xpo+{pairs.Name}";

    public bool NeedsReference => true;

    public IReadOnlyList<string> Warnings => pairs.Warnings;

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        double paired = pairs.Evaluate(inputs, step, gradients, metrics);
        ReadOnlySpan<double> isReference = inputs.Values(Column.IsReferenceSample);
        if (isReference.IsEmpty && inputs.Rows > 0)
        {
            throw new ShapeException($"[{Name}] {Column.IsReferenceSample.Name}: expected [{inputs.Sequences}], got [0]");
        }

        double sum = 0;
        double scale = alpha / step.Examples;
        for (int s = 0; s < inputs.Sequences; s++)
        {
            for (int t = inputs.RowStarts[s]; t < inputs.RowStarts[s + 1]; t++)
            {
                double weight = isReference[s] * (inputs.Weight.IsEmpty ? 1 : inputs.Weight[t]);
                if (weight != 0)
                {
                    sum += weight * inputs.LogProb[t];
                    gradients.LogProb[t] += scale * weight;
                }
            }
        }

        int count = inputs.Sequences / 2;
        metrics.Add(PairMetrics.PairTerm, paired * step.Examples, count);
        metrics.Add(PairMetrics.Optimism, alpha * sum, count);
        return paired + (scale * sum);
    }
}
