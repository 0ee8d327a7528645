using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// <c>sum_t w_t sg(s - t) s / N</c>, s and t the log-probs of the data's token under student and teacher: the gradient of KL(student, teacher) estimated from
/// tokens that the student sampled (TRL self-distillation, <c>distillation_mode="sampled_token"</c>). Its value means little; 0 where both agree.
/// </summary>
/// <param name="normalizer">What the sum is divided by.</param>
/// <param name="clip">Importance weights on top of them.</param>
public sealed class SampledTokenLoss(Normalizer normalizer, ImportanceClip clip) : IDistillationLoss
{
    public string Name => "sampled_token";

    public bool NeedsReference => true;

    public bool NeedsDivergence => false;

    public bool IsTempered => true;

    public bool HasLogProbGradient => true;

    public IReadOnlyList<string> Warnings => [];

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        inputs.Validate();
        gradients.Validate(inputs.Rows);
        DistillationRequire.Teacher(inputs);
        gradients.Entropy.Clear();
        gradients.Divergence.Clear();
        double loss = 0;
        double terms = 0;
        for (int s = 0; s < inputs.Sequences; s++)
        {
            double weight = 1 / normalizer.Denominator(step, inputs.WeightOf(s));
            for (int t = inputs.RowStarts[s]; t < inputs.RowStarts[s + 1]; t++)
            {
                double own = inputs.Weight.IsEmpty ? 1 : inputs.Weight[t];
                double gap = own * clip.Of(inputs, t) * (inputs.LogProb[t] - inputs.ReferenceLogProb[t]);
                loss += weight * gap * inputs.LogProb[t];
                terms += gap * inputs.LogProb[t];
                gradients.LogProb[t] = weight * gap;
            }
        }

        metrics.Add(DistillationMetrics.Divergence, terms, inputs.Rows);
        TokenMetrics.Mean(Metric.Entropy, inputs, inputs.Entropy, 0, 1, metrics);
        return loss;
    }
}
