using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// Regression of the implicit reward of a completion to its advantage: <c>mean_i (beta h_i - (r_i - v_i))^2</c>, <c>h = sum_t w_t (logp_t - ref_t)</c>, with r from
/// <see cref="Column.Reward"/> and v from <see cref="Column.Baseline"/>. With v the optimal value of the prompt it is A*-PO's second stage (Brantley et al.,
/// 2025).
/// </summary>
/// <param name="beta">Factor of the log-ratio, above 0. <c>beta2</c></param>
public sealed class RewardRegressionLoss(double beta) : ILoss
{
    public string Name => "a2po";

    public bool NeedsReference => true;

    public IReadOnlyList<string> Warnings => [];

    /// <summary>
    /// The optimal value of a prompt, estimated from N rewards of the reference's samples: <c>v = beta1 (log sum_i e^(r_i / beta1) - log N)</c>, between their mean
    /// (beta1 to infinity) and their maximum (beta1 to 0).
    /// </summary>
    /// <param name="rewards">[N] at least one.</param>
    /// <param name="beta1">Temperature, above 0.</param>
    public static double OptimalValue(ReadOnlySpan<double> rewards, double beta1)
    {
        OptionRange.RequireAboveZero("beta1", beta1);
        OptionRange.Require(!rewards.IsEmpty, "rewards", "at least one", "none");
        double most = double.NegativeInfinity;
        foreach (double reward in rewards)
        {
            most = Math.Max(most, reward);
        }

        double sum = 0;
        foreach (double reward in rewards)
        {
            sum += Math.Exp((reward - most) / beta1);
        }

        return most + (beta1 * Math.Log(sum / rewards.Length));
    }

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        inputs.Validate();
        gradients.Validate(inputs.Rows);
        gradients.Entropy.Clear();
        ReadOnlySpan<double> rewards = inputs.Values(Column.Reward);
        ReadOnlySpan<double> baselines = inputs.Values(Column.Baseline);
        if ((rewards.IsEmpty || inputs.ReferenceLogProb.IsEmpty) && inputs.Rows > 0)
        {
            throw new ShapeException(
                $"[{Name}] reward, referenceLogProb: expected [{inputs.Sequences}], [{inputs.Rows}], got [{rewards.Length}], [{inputs.ReferenceLogProb.Length}]");
        }

        double loss = 0;
        double implicitReward = 0;
        double advantages = 0;
        for (int s = 0; s < inputs.Sequences; s++)
        {
            double ratio = 0;
            for (int t = inputs.RowStarts[s]; t < inputs.RowStarts[s + 1]; t++)
            {
                double weight = inputs.Weight.IsEmpty ? 1 : inputs.Weight[t];
                ratio += weight == 0 ? 0 : weight * (inputs.LogProb[t] - inputs.ReferenceLogProb[t]);
            }

            double advantage = rewards[s] - (baselines.IsEmpty ? 0 : baselines[s]);
            double residual = (beta * ratio) - advantage;
            loss += residual * residual;
            implicitReward += beta * ratio;
            advantages += advantage;
            for (int t = inputs.RowStarts[s]; t < inputs.RowStarts[s + 1]; t++)
            {
                gradients.LogProb[t] = 2 * beta * residual * (inputs.Weight.IsEmpty ? 1 : inputs.Weight[t]) / step.Sequences;
            }
        }

        metrics.Add(PairMetrics.ImplicitReward, implicitReward, inputs.Sequences);
        metrics.Add(PairMetrics.RegressionTarget, advantages, inputs.Sequences);
        return loss / step.Sequences;
    }
}
