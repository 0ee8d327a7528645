using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>
/// A loss over lists of completions of one prompt: <c>s_i = beta sum_t w_t (logp_t - ref_t)</c>, then the formula per list on dual numbers, once along each
/// score, then <c>dLogp_t = w_t beta ds_i / E</c>, with E the lists of the optimizer step. Lists may differ in length; labels are <see cref="Column.Reward"/>.
/// </summary>
/// <param name="name">Name of the loss.</param>
/// <param name="formula">The formula.</param>
/// <param name="beta">Inverse temperature.</param>
/// <param name="isMean">Divide each list's sum by its number of terms, at least 1.</param>
/// <typeparam name="TFormula">The formula.</typeparam>
public sealed class ListLoss<TFormula>(string name, TFormula formula, double beta, bool isMean) : ILoss
    where TFormula : struct, IListFormula
{
    private Dual<ScalarDouble>[] _scores = [];
    private double[] _slopes = [];
    private int[] _ranks = [];
    private int[] _order = [];

    public string Name => name;

    public bool NeedsReference => true;

    public IReadOnlyList<string> Warnings => [];

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        Validate(inputs);
        gradients.Validate(inputs.Rows);
        gradients.Entropy.Clear();
        double loss = 0;
        var figures = default(ListFigures);
        for (int e = 0; e < inputs.Examples; e++)
        {
            int first = inputs.ExampleStarts.IsEmpty ? e : inputs.ExampleStarts[e];
            int end = inputs.ExampleStarts.IsEmpty ? e + 1 : inputs.ExampleStarts[e + 1];
            ReadOnlySpan<double> labels = inputs.Values(Column.Reward)[first..end];
            double weight = (inputs.Values(Column.ExampleWeight) is { IsEmpty: false } weights ? weights[e] : 1) / step.Examples;
            Score(inputs, first, end, labels);
            loss += weight * Differentiate(labels);
            figures.Add(_scores.AsSpan(0, labels.Length), labels);
            for (int i = 0; i < labels.Length; i++)
            {
                Spread(inputs, first + i, weight * beta * _slopes[i], gradients.LogProb);
            }
        }

        metrics.Add(Metric.RewardsAccuracies, figures.Correct, figures.Pairs);
        metrics.Add(Metric.RewardsMargins, figures.Margin, figures.Pairs);
        TokenMetrics.Mean(Metric.Entropy, inputs, inputs.Entropy, 0, 1, metrics);
        return loss;
    }

    private void Validate(in LossInputs inputs)
    {
        inputs.Validate();
        if ((inputs.Values(Column.Reward).IsEmpty || inputs.ReferenceLogProb.IsEmpty) && inputs.Rows > 0)
        {
            throw new ShapeException($"[{Name}] reward, referenceLogProb: expected [{inputs.Sequences}], [{inputs.Rows}], "
                + $"got [{inputs.Values(Column.Reward).Length}], [{inputs.ReferenceLogProb.Length}]");
        }
    }

    /// <summary>Scores, ranks and label order of one list.</summary>
    private void Score(in LossInputs inputs, int first, int end, ReadOnlySpan<double> labels)
    {
        int k = end - first;
        if (_scores.Length < k)
        {
            (_scores, _slopes, _ranks, _order) = (new Dual<ScalarDouble>[k], new double[k], new int[k], new int[k]);
        }

        for (int i = 0; i < k; i++)
        {
            double ratio = 0;
            for (int t = inputs.RowStarts[first + i]; t < inputs.RowStarts[first + i + 1]; t++)
            {
                double weight = inputs.Weight.IsEmpty ? 1 : inputs.Weight[t];
                ratio += weight == 0 ? 0 : weight * (inputs.LogProb[t] - inputs.ReferenceLogProb[t]);
            }

            _scores[i] = Dual<ScalarDouble>.Constant(beta * ratio);
        }

        for (int i = 0; i < k; i++)
        {
            int ahead = 0;
            int better = 0;
            for (int j = 0; j < k; j++)
            {
                ahead += IsAhead(_scores[j].Value.Value, _scores[i].Value.Value, j < i) ? 1 : 0;
                better += IsAhead(labels[j], labels[i], j < i) ? 1 : 0;
            }

            _ranks[i] = ahead + 1;
            _order[better] = i;
        }
    }

    private static bool IsAhead(double a, double b, bool isFirst) => a > b || (a == b && isFirst);

    /// <summary>Value of the list; slopes along each score.</summary>
    private double Differentiate(ReadOnlySpan<double> labels)
    {
        int k = labels.Length;
        double value = 0;
        for (int i = 0; i < k; i++)
        {
            Dual<ScalarDouble> score = _scores[i];
            _scores[i] = Dual<ScalarDouble>.Variable(score.Value);
            ListValue<Dual<ScalarDouble>> loss = formula.Loss(new RankedList<Dual<ScalarDouble>>
            {
                Scores = _scores.AsSpan(0, k),
                Labels = labels,
                Ranks = _ranks.AsSpan(0, k),
                Order = _order.AsSpan(0, k),
            });
            _scores[i] = score;
            double divisor = isMean ? Math.Max(1, loss.Terms) : 1;
            value = loss.Sum.Value.Value / divisor;
            _slopes[i] = loss.Sum.Slope.Value / divisor;
        }

        return value;
    }

    private static void Spread(in LossInputs inputs, int sequence, double dScore, Span<double> dLogProb)
    {
        for (int t = inputs.RowStarts[sequence]; t < inputs.RowStarts[sequence + 1]; t++)
        {
            dLogProb[t] = dScore * (inputs.Weight.IsEmpty ? 1 : inputs.Weight[t]);
        }
    }

    private record struct ListFigures(double Correct, double Margin, long Pairs)
    {
        public void Add(ReadOnlySpan<Dual<ScalarDouble>> scores, ReadOnlySpan<double> labels)
        {
            for (int i = 0; i < labels.Length; i++)
            {
                for (int j = 0; j < labels.Length; j++)
                {
                    if (labels[i] > labels[j])
                    {
                        double margin = scores[i].Value.Value - scores[j].Value.Value;
                        Correct += margin > 0 ? 1 : 0;
                        Margin += margin;
                        Pairs++;
                    }
                }
            }
        }
    }
}
