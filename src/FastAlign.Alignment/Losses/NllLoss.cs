namespace FastAlign.Alignment;

/// <summary>
/// Negative log-likelihood: <c>-sum_t w_t logp_t / D</c>, <c>dLogp_t = -w_t / D</c>, D by the <see cref="Normalizer"/>. The loss of supervised
/// fine-tuning (TRL <c>SFTTrainer</c>, <c>loss_type="nll"</c>). Nats per token under the default normalizer.
/// </summary>
/// <param name="normalizer">What the sum is divided by; TRL divides by the tokens of the step.</param>
public sealed class NllLoss(Normalizer normalizer) : ILoss
{
    /// <summary>Divides by the tokens of the step.</summary>
    public NllLoss()
        : this(Normalizer.Tokens)
    {
    }

    public string Name => "nll";

    public bool NeedsReference => false;

    public IReadOnlyList<string> Warnings => [];

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        inputs.Validate();
        gradients.Validate(inputs.Rows);
        double denominator = normalizer.Denominator(step);
        double sum = 0;
        for (int t = 0; t < inputs.Rows; t++)
        {
            double weight = inputs.Weight.IsEmpty ? 1 : inputs.Weight[t];
            sum -= weight == 0 ? 0 : weight * inputs.LogProb[t];
            gradients.LogProb[t] = -weight / denominator;
        }

        gradients.Entropy.Clear();
        TokenMetrics.Mean(Metric.Entropy, inputs, inputs.Entropy, 0, 1, metrics);
        TokenMetrics.Accuracy(inputs, 0, 1, metrics);
        return sum / denominator;
    }
}
