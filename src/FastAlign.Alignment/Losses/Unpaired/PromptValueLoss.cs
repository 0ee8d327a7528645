using FastAlign.Core;
using FastAlign.Kernels;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// The value network's half of DRO: <c>mean of (r - V - tau h)^2 / 2</c>, V the mean of the scores of the prompt's tokens, h the policy's log-ratio as a
/// constant (Richemond et al., 2024, equation 7). Reads <see cref="Column.Reward"/> and <see cref="Column.LogRatio"/>.
/// </summary>
/// <param name="tau">Units of reward per nat.</param>
public sealed class PromptValueLoss(double tau) : ILoss
{
    private readonly DirectRewardValue<Dual<ScalarDouble>> _formula = new(tau);

    public string Name => "dro_value";

    public bool NeedsReference => false;

    public ModelHeads Heads => ModelHeads.Score;

    public IReadOnlyList<string> Warnings => [];

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        inputs.Validate();
        gradients.ValidateScores(inputs.Rows, 1);
        ReadOnlySpan<double> rewards = inputs.Values(Column.Reward);
        ReadOnlySpan<double> logRatios = inputs.Values(Column.LogRatio);
        if (rewards.Length != inputs.Sequences || logRatios.Length != inputs.Sequences)
        {
            throw new ShapeException($"[{Name}] reward, log_ratio: expected [{inputs.Sequences}], got [{rewards.Length}], [{logRatios.Length}]");
        }

        double denominator = Math.Max(1, step.Sequences);
        double sum = 0;
        for (int s = 0; s < inputs.Sequences; s++)
        {
            Range rows = inputs.RowsOf(s);
            var value = Dual<ScalarDouble>.Variable(new ScalarDouble(Mean(inputs.Scores[rows])));
            Dual<ScalarDouble> loss = _formula.Loss(value, Dual<ScalarDouble>.Constant(rewards[s]), Dual<ScalarDouble>.Constant(logRatios[s]));
            sum += loss.Value.Value;
            gradients.Scores[rows].Fill(loss.Slope.Value / denominator / inputs.Scores[rows].Length);
        }

        metrics.Add(UnpairedMetrics.ValueLoss, sum, inputs.Sequences);
        return sum / denominator;
    }

    /// <summary>V of a prompt.</summary>
    internal static double Mean(ReadOnlySpan<double> scores)
    {
        double sum = 0;
        foreach (double score in scores)
        {
            sum += score;
        }

        return sum / scores.Length;
    }
}
