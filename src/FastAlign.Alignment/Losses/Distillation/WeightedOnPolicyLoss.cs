using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// Importance-weighted on-policy distillation: <c>-sum_t s sg(w a) / N</c>, <c>a = teacher - rollout</c> log-prob of the sampled token,
/// <c>w = 1 + gamma (1 - sum_{u &lt; t} |a_u| / max(sum_u |a_u|, eps))</c> within a sequence: early disagreement weighs most (TRL <c>IWOPDTrainer</c>).
/// </summary>
/// <param name="gamma">Extra weight of the first token; 0 weighs all the same.</param>
/// <param name="epsilon">Least denominator, above 0.</param>
/// <param name="normalizer">What the sum is divided by; N.</param>
public sealed class WeightedOnPolicyLoss(double gamma, double epsilon, Normalizer normalizer) : IDistillationLoss
{
    public string Name => "iw_opd";

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

        // Without recorded log-probs the policy itself is taken for the one that sampled.
        ReadOnlySpan<double> recorded = inputs.Values(Column.SamplingLogProb);
        ReadOnlySpan<double> rollout = recorded.IsEmpty ? inputs.LogProb : recorded;
        double loss = 0;
        var report = new WeightReport();
        for (int s = 0; s < inputs.Sequences; s++)
        {
            double total = 0;
            for (int t = inputs.RowStarts[s]; t < inputs.RowStarts[s + 1]; t++)
            {
                total += Math.Abs(inputs.ReferenceLogProb[t] - rollout[t]);
            }

            double before = 0;
            double rowWeight = 1 / normalizer.Denominator(step, inputs.WeightOf(s));
            for (int t = inputs.RowStarts[s]; t < inputs.RowStarts[s + 1]; t++)
            {
                double advantage = inputs.ReferenceLogProb[t] - rollout[t];
                double weight = 1 + (gamma * (1 - (before / Math.Max(total, epsilon))));
                before += Math.Abs(advantage);
                loss -= rowWeight * weight * advantage * inputs.LogProb[t];
                gradients.LogProb[t] = -rowWeight * weight * advantage;
                report.Add(advantage, weight);
            }
        }

        report.Write(metrics);
        TokenMetrics.Mean(Metric.Entropy, inputs, inputs.Entropy, 0, 1, metrics);
        return loss;
    }

    private struct WeightReport()
    {
        private double _advantage;
        private double _absolute;
        private double _weight;
        private double _least = double.PositiveInfinity;
        private double _most = double.NegativeInfinity;
        private int _count;

        public void Add(double advantage, double weight)
        {
            _advantage += weight * advantage;
            _absolute += Math.Abs(advantage);
            _weight += weight;
            _least = Math.Min(_least, weight);
            _most = Math.Max(_most, weight);
            _count++;
        }

        public readonly void Write(MetricAccumulator metrics)
        {
            metrics.Add(DistillationMetrics.MeanAdvantage, _advantage, _count);
            metrics.Add(DistillationMetrics.MeanAbsoluteAdvantage, _absolute, _count);
            metrics.Add(DistillationMetrics.MeanWeight, _weight, _count);
            metrics.Add(DistillationMetrics.LeastWeight, _least, Math.Min(1, _count));
            metrics.Add(DistillationMetrics.LargestWeight, _most, Math.Min(1, _count));
        }
    }
}
