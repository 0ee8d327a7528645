using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>
/// Negative-aware fine-tuning (NFT): <see cref="NegativeAwareToken{T}"/> summed over tokens, times a weight of the prompt's pass rate q, over the
/// <see cref="Normalizer"/>. The old policy is <see cref="Column.OldLogProb"/>, else the reference. Prompts whose answers are all right or all wrong
/// take no part. With the policy that sampled, its gradient is that of Dr. GRPO under the weight <c>1 - q</c> and that of GRPO under
/// <c>sqrt((1 - q) / q)</c>.
/// </summary>
/// <remarks>q is kept in [0.02, 0.98], as in the authors' code. Reads <see cref="Column.Label"/> or <see cref="Column.Reward"/>, and <see cref="Column.PassRate"/>.</remarks>
public sealed class NegativeAwareLoss : ILoss
{
    private const double LeastPassRate = 0.02;

    private readonly NegativeAwareToken<Dual<ScalarDouble>> _formula;
    private readonly PassRateWeight _weight;
    private readonly Normalizer _normalizer;

    /// <param name="epsilon">Least likelihood ratio of the implicit negative policy, in (0, 1].</param>
    /// <param name="negativeWeight">Factor of the part of wrong answers, in [0, 1].</param>
    /// <param name="weight">Weight of a prompt by its pass rate.</param>
    /// <param name="normalizer">What the sum over tokens is divided by.</param>
    public NegativeAwareLoss(double epsilon, double negativeWeight, PassRateWeight weight, Normalizer normalizer)
    {
        (_formula, _weight, _normalizer) = (new(epsilon, negativeWeight), weight, normalizer);
    }

    public string Name => "nft";

    /// <summary>Without recorded log-probs of the old policy, the reference stands for it.</summary>
    public bool NeedsReference => true;

    public IReadOnlyList<string> Warnings => [];

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        inputs.Validate();
        gradients.Validate(inputs.Rows);
        ReadOnlySpan<double> rates = Required(inputs, Column.PassRate, Column.PassRate);
        ReadOnlySpan<double> rewards = Required(inputs, Column.Reward, Column.Label);
        ReadOnlySpan<double> recorded = inputs.Values(Column.OldLogProb);
        ReadOnlySpan<double> old = recorded.IsEmpty ? inputs.ReferenceLogProb : recorded;
        if (old.Length != inputs.Rows)
        {
            throw new ShapeException($"[nft] {Column.OldLogProb.Name} or referenceLogProb: expected [{inputs.Rows}], got [{old.Length}]");
        }

        gradients.LogProb.Clear();
        gradients.Entropy.Clear();
        double sum = 0;
        double rateSum = 0;
        for (int i = 0; i < inputs.Examples; i++)
        {
            int s = SequenceRows.First(inputs, i);
            rateSum += rates[s];
            if (rates[s] is > 0 and < 1)
            {
                double denominator = _normalizer.Denominator(step, inputs.WeightOf(s));
                sum += Sequence(inputs, old, s, rewards[s], rates[s], denominator, gradients.LogProb) / denominator;
            }
        }

        metrics.Add(UnpairedMetrics.PassRate, rateSum, inputs.Examples);
        TokenMetrics.Mean(Metric.Entropy, inputs, inputs.Entropy, 0, 1, metrics);
        return sum;
    }

    private double Sequence(
        in LossInputs inputs, ReadOnlySpan<double> old, int s, double reward, double passRate, double denominator, Span<double> dLogProb)
    {
        double rate = Math.Clamp(passRate, LeastPassRate, 1 - LeastPassRate);
        double promptWeight = _weight switch
        {
            PassRateWeight.None => 1,
            PassRateWeight.FailureRate => 1 - rate,
            _ => Math.Sqrt((1 - rate) / rate),
        };
        double sum = 0;
        for (int t = inputs.RowStarts[s]; t < inputs.RowStarts[s + 1]; t++)
        {
            double weight = promptWeight * (inputs.Weight.IsEmpty ? 1 : inputs.Weight[t]);
            if (weight == 0)
            {
                continue;
            }

            Dual<ScalarDouble> loss = _formula.Loss(
                Dual<ScalarDouble>.Variable(new ScalarDouble(inputs.LogProb[t] - old[t])), Dual<ScalarDouble>.Constant(reward), Dual<ScalarDouble>.Constant(rate));
            sum += weight * loss.Value.Value;
            dLogProb[t] = weight * loss.Slope.Value / denominator;
        }

        return sum;
    }

    private static ReadOnlySpan<double> Required(in LossInputs inputs, Column column, Column otherwise)
    {
        ReadOnlySpan<double> values = inputs.Values(column);
        values = values.IsEmpty ? inputs.Values(otherwise) : values;
        return values.IsEmpty && inputs.Sequences > 0 ? throw new ShapeException($"[nft] {column.Name}: expected [{inputs.Sequences}], got [0]") : values;
    }
}

/// <summary>Weight of a prompt by its pass rate q. The authors' option <c>normalize</c> 0, 1, 2.</summary>
public enum PassRateWeight
{
    /// <summary>1 - q: on-policy, Dr. GRPO. The default.</summary>
    FailureRate,

    /// <summary>sqrt((1 - q) / q): on-policy, GRPO with the population standard deviation.</summary>
    Grpo,

    /// <summary>1.</summary>
    None,
}
