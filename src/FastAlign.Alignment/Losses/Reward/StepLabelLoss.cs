using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// A process reward model: cross-entropy of the scored rows (the ends of reasoning steps) over two or more labels,
/// <c>-sum_t log softmax(s_t)[y_t] / D</c>, <c>d s_tk = (softmax(s_t)[k] - [k = y_t]) / D</c>. Lightman et al., 2023; TRL's PRMTrainer, transformers'
/// ForTokenClassification: no shift, a row labelled -100 takes no part. Reads <see cref="Column.StepLabel"/>. ln K at equal scores.
/// </summary>
/// <remarks>Metrics: <c>accuracy</c>, the share of labelled rows whose greatest score is that of the label; the first of equal ones wins.</remarks>
/// <param name="normalizer">D: labelled rows of the step by default, which is what the data sets score.</param>
public sealed class StepLabelLoss(Normalizer normalizer) : ILoss
{
    /// <summary>Divides by the labelled rows of the step.</summary>
    public StepLabelLoss()
        : this(Normalizer.Tokens)
    {
    }

    public string Name => "prm";

    public bool NeedsReference => false;

    public ModelHeads Heads => ModelHeads.Score;

    public IReadOnlyList<string> Warnings => [];

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        inputs.Validate();
        gradients.ValidateScores(inputs.Rows, inputs.Labels);
        ReadOnlySpan<double> labels = inputs.Values(Column.StepLabel);
        if (labels.IsEmpty && inputs.Rows > 0)
        {
            throw new ShapeException($"[{Name}] step_label: expected [{inputs.Rows}], got [0]");
        }

        gradients.Scores.Clear();
        double denominator = normalizer.Denominator(step);
        double sum = 0;
        (double correct, long labelled) = (0, 0);
        for (int row = 0; row < inputs.Rows; row++)
        {
            int label = (int)labels[row];
            if (label == SftExample.Ignored)
            {
                continue;
            }

            if ((uint)label >= (uint)inputs.Labels)
            {
                throw new ShapeException($"[{Name}] step_label[{row}]: expected 0..{inputs.Labels - 1} or {SftExample.Ignored}, got {label}");
            }

            (int first, int count) = (row * inputs.Labels, inputs.Labels);
            ReadOnlySpan<double> scores = inputs.Scores.Slice(first, count);
            (double logZ, int best) = LogSum(scores);
            sum += logZ - scores[label];
            correct += best == label ? 1 : 0;
            labelled++;
            for (int k = 0; k < count; k++)
            {
                gradients.Scores[first + k] = (Math.Exp(scores[k] - logZ) - (k == label ? 1 : 0)) / denominator;
            }
        }

        metrics.Add(Metric.Accuracy, correct, labelled);
        return sum / denominator;
    }

    /// <summary><c>log sum_k e^(s_k)</c>, the greatest score subtracted first, and which that is.</summary>
    private static (double LogZ, int Best) LogSum(ReadOnlySpan<double> scores)
    {
        int best = 0;
        for (int k = 1; k < scores.Length; k++)
        {
            best = scores[k] > scores[best] ? k : best;
        }

        double sum = 0;
        foreach (double score in scores)
        {
            sum += Math.Exp(score - scores[best]);
        }

        return (scores[best] + Math.Log(sum), best);
    }
}
