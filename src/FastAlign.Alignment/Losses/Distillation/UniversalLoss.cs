using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// Universal logit distillation between models of different tokenizers (Boizard et al., 2024; TRL GOLD's <c>ULDLoss</c>):
/// <c>w_d mean_s mean_g D_g + w_ce mean_t -log p_t</c>, D_g the distance of the two distributions over a stretch of text, see <see cref="UniversalDistance"/>.
/// </summary>
/// <param name="options">Both factors.</param>
public sealed class UniversalLoss(UniversalOptions options) : IDistillationLoss
{
    public string Name => "uld";

    public bool NeedsReference => true;

    public bool NeedsDivergence => true;

    public bool IsTempered => false;

    public bool HasLogProbGradient => options.CrossEntropyWeight > 0;

    public IReadOnlyList<string> Warnings => [];

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        inputs.Validate();
        gradients.Validate(inputs.Rows);
        DistillationRequire.Divergence(inputs, gradients);
        ReadOnlySpan<double> share = inputs.Values(Column.GroupShare);
        if (share.Length != inputs.Rows)
        {
            throw new ShapeException($"[loss] {Column.GroupShare.Name}: expected [{inputs.Rows}], got [{share.Length}]");
        }

        gradients.Entropy.Clear();
        gradients.TemperedLogProb.Clear();
        double perSequence = options.DistillationWeight / Math.Max(1, step.Sequences);
        double perToken = options.CrossEntropyWeight / Math.Max(1, step.Tokens);
        double loss = 0;
        double distance = 0;
        long groups = 0;
        for (int t = 0; t < inputs.Rows; t++)
        {
            loss += (perSequence * share[t] * inputs.Divergence[t]) - (perToken * inputs.LogProb[t]);
            gradients.Divergence[t] = perSequence * share[t];
            gradients.LogProb[t] = -perToken;
            distance += inputs.Divergence[t];
            groups += share[t] > 0 ? 1 : 0;
        }

        metrics.Add(DistillationMetrics.UniversalDistance, distance, groups);
        TokenMetrics.Mean(Metric.Entropy, inputs, inputs.Entropy, 0, 1, metrics);
        TokenMetrics.Accuracy(inputs, 0, 1, metrics);
        return loss;
    }
}
