using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// A reward model from rankings of K completions, best first: the mean of <see cref="PlackettLuce"/> over the lists of the optimizer step. K may differ from
/// list to list.
/// </summary>
/// <remarks>Metrics: least, mean and greatest score; <c>accuracy</c> and <c>margin</c> over all pairs that a list implies.</remarks>
public sealed class PlackettLuceLoss : ILoss
{
    private double[] _scores = [];
    private double[] _derivatives = [];

    public string Name => "plackett_luce";

    public bool NeedsReference => false;

    public ModelHeads Heads => ModelHeads.Score;

    public IReadOnlyList<string> Warnings => [];

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        SequenceScores.Validate(Name, inputs, step, gradients);
        if (inputs.ExampleStarts.IsEmpty && inputs.Sequences > 0)
        {
            throw new ShapeException($"[{Name}] exampleStarts: expected the bounds of the lists, got nothing");
        }

        gradients.Scores.Clear();
        double sum = 0;
        (double correct, double margin, long pairs) = (0, 0, 0);
        for (int list = 0; list < inputs.Examples; list++)
        {
            (int first, int count) = (inputs.ExampleStarts[list], inputs.ExampleStarts[list + 1] - inputs.ExampleStarts[list]);
            Reserve(count);
            Span<double> scores = _scores.AsSpan(0, count);
            for (int k = 0; k < count; k++)
            {
                scores[k] = SequenceScores.Of(inputs, first + k);
            }

            sum += PlackettLuce.Evaluate(scores, _derivatives.AsSpan(0, count));
            for (int k = 0; k < count; k++)
            {
                gradients.Scores[SequenceScores.Index(inputs, first + k)] = _derivatives[k] / step.Examples;
                for (int worse = k + 1; worse < count; worse++)
                {
                    correct += scores[k] > scores[worse] ? 1 : 0;
                    margin += scores[k] - scores[worse];
                    pairs++;
                }
            }
        }

        RewardMetrics.Range(inputs, metrics);
        metrics.Add(Metric.Accuracy, correct, pairs);
        metrics.Add(Metric.Margin, margin, pairs);
        return sum / step.Examples;
    }

    private void Reserve(int count)
    {
        if (_scores.Length < count)
        {
            (_scores, _derivatives) = (new double[count], new double[count]);
        }
    }
}
