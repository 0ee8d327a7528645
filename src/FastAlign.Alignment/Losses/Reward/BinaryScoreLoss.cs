using FastAlign.Core;
using FastAlign.Kernels;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// A head that predicts the chance of something being said of a completion (good or bad, a user's reaction): the mean of <see cref="BinaryScore{T}"/> over
/// the sequences of the optimizer step. Its probability is <c>sigmoid(score)</c>. Reads <see cref="Column.Label"/>.
/// </summary>
/// <remarks>Metrics: least, mean and greatest score; <c>accuracy</c> is the share of scores on the side of zero that the label says, half and above being positive.</remarks>
/// <param name="positiveWeight">Factor of positive labels, above 0.</param>
public sealed class BinaryScoreLoss(double positiveWeight = 1) : ILoss
{
    private readonly BinaryScore<Dual<ScalarDouble>> _formula = new(positiveWeight);

    public string Name => "binary";

    public bool NeedsReference => false;

    public ModelHeads Heads => ModelHeads.Score;

    public IReadOnlyList<string> Warnings => [];

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        SequenceScores.Validate(Name, inputs, step, gradients);
        ReadOnlySpan<double> labels = inputs.Values(Column.Label);
        if (labels.IsEmpty && inputs.Sequences > 0)
        {
            throw new ShapeException($"[{Name}] label: expected [{inputs.Sequences}], got [0]");
        }

        gradients.Scores.Clear();
        ReadOnlySpan<double> weights = inputs.Values(Column.ExampleWeight);
        double sum = 0;
        double correct = 0;
        for (int s = 0; s < inputs.Sequences; s++)
        {
            double score = SequenceScores.Of(inputs, s);
            double weight = SequenceScores.Of(weights, s, 1);
            Dual<ScalarDouble> loss = _formula.Loss(new(new ScalarDouble(score), new ScalarDouble(1)), Dual<ScalarDouble>.Constant(labels[s]));
            sum += weight * loss.Value.Value;
            gradients.Scores[SequenceScores.Index(inputs, s)] = weight * loss.Slope.Value / step.Sequences;
            correct += score > 0 == labels[s] >= 0.5 ? 1 : 0;
        }

        RewardMetrics.Range(inputs, metrics);
        metrics.Add(Metric.Accuracy, correct, inputs.Sequences);
        return sum / step.Sequences;
    }
}
