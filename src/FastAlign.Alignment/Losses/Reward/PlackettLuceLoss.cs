using FastAlign.Core;
using FastAlign.Kernels;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// A reward model from rankings of K completions, best first: the mean of <see cref="PlackettLuceList"/> over the lists of the optimizer step. K may differ
/// from list to list. ln K! where scores are equal; for two completions it is Bradley-Terry.
/// </summary>
/// <remarks>Metrics: least, mean and greatest score; <c>accuracy</c> and <c>margin</c> over all pairs that a list implies.</remarks>
public sealed class PlackettLuceLoss : ILoss
{
    private Dual<ScalarDouble>[] _scores = [];
    private int[] _order = [];

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
            for (int k = 0; k < count; k++)
            {
                _scores[k] = Dual<ScalarDouble>.Constant(SequenceScores.Of(inputs, first + k));
            }

            double loss = 0;
            for (int k = 0; k < count; k++)
            {
                Dual<ScalarDouble> along = Along(k, count);
                loss = along.Value.Value;
                gradients.Scores[SequenceScores.Index(inputs, first + k)] = along.Slope.Value / step.Examples;
                for (int worse = k + 1; worse < count; worse++)
                {
                    double difference = _scores[k].Value.Value - _scores[worse].Value.Value;
                    correct += difference > 0 ? 1 : 0;
                    margin += difference;
                    pairs++;
                }
            }

            sum += loss;
        }

        RewardMetrics.Range(inputs, metrics);
        metrics.Add(Metric.Accuracy, correct, pairs);
        metrics.Add(Metric.Margin, margin, pairs);
        return sum / step.Examples;
    }

    /// <summary>Loss of the list, and its slope along score <paramref name="k"/>.</summary>
    private Dual<ScalarDouble> Along(int k, int count)
    {
        Dual<ScalarDouble> score = _scores[k];
        _scores[k] = Dual<ScalarDouble>.Variable(score.Value);
        ListValue<Dual<ScalarDouble>> loss = default(PlackettLuceList).Loss(new RankedList<Dual<ScalarDouble>>
        {
            Scores = _scores.AsSpan(0, count),
            Order = _order.AsSpan(0, count),
            Labels = [],
            Ranks = [],
        });
        _scores[k] = score;
        return loss.Sum;
    }

    private void Reserve(int count)
    {
        if (_scores.Length < count)
        {
            (_scores, _order) = (new Dual<ScalarDouble>[count], [.. Enumerable.Range(0, count)]);
        }
    }
}
