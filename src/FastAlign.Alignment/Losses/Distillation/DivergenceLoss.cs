using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// <c>sum_t w_t D_t / N</c>, D the divergence from the teacher at each row: TRL's GKD, its distillation trainer, self-distillation over logits. Nats per token
/// under <see cref="Normalizer.Tokens"/>; 0 if and only if student and teacher agree.
/// </summary>
/// <param name="name">As in TRL.</param>
/// <param name="normalizer">What the sum is divided by.</param>
/// <param name="clip">Importance weights on top of them.</param>
public sealed class DivergenceLoss(string name, Normalizer normalizer, ImportanceClip clip) : IDistillationLoss
{
    public string Name => name;

    public bool NeedsReference => true;

    public bool NeedsDivergence => true;

    public bool IsTempered => true;

    public bool HasLogProbGradient => false;

    public IReadOnlyList<string> Warnings => [];

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        inputs.Validate();
        gradients.Validate(inputs.Rows);
        DistillationRequire.Divergence(inputs, gradients);
        gradients.LogProb.Clear();
        gradients.Entropy.Clear();
        double loss = 0;
        double divergences = 0;
        for (int s = 0; s < inputs.Sequences; s++)
        {
            double weight = 1 / normalizer.Denominator(step, inputs.WeightOf(s));
            for (int t = inputs.RowStarts[s]; t < inputs.RowStarts[s + 1]; t++)
            {
                double own = inputs.Weight.IsEmpty ? 1 : inputs.Weight[t];
                double importance = own * clip.Of(inputs, t);
                loss += weight * importance * inputs.Divergence[t];
                divergences += importance * inputs.Divergence[t];
                gradients.Divergence[t] = weight * importance;
            }
        }

        metrics.Add(DistillationMetrics.Divergence, divergences, inputs.Rows);
        TokenMetrics.Mean(Metric.Entropy, inputs, inputs.Entropy, 0, 1, metrics);
        TokenMetrics.Accuracy(inputs, 0, 1, metrics);
        return loss;
    }
}
