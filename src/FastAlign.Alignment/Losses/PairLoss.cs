using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// A paired sequence loss: <c>stat = sum_t w_t logp_t</c> of both sides, then a term per pair, then <c>dLogp_t = w_t dStat / P</c>, with P the pairs of
/// the whole optimizer step. Serves every member of the DPO family; the formula is the <see cref="IPairTerm"/>.
/// </summary>
/// <remarks>
/// A row of weight 0 takes no part, whatever its log-prob. Sums run in ascending row order. Metrics: those of TRL's DPOTrainer, see <see cref="Metric"/>;
/// rewards are <c>beta (log pi - log ref)</c> whatever the term.
/// </remarks>
/// <param name="term">The formula.</param>
public sealed class PairLoss(IPairTerm term) : ILoss
{
    private PairStatistics[] _pairs = [];
    private PairValue[] _values = [];

    public string Name => term.Name;

    public bool NeedsReference => term.NeedsReference;

    public IReadOnlyList<string> Warnings => term.Warnings;

    public double Evaluate(in LossInputs inputs, StepCounts step, in LossGradients gradients, MetricAccumulator metrics)
    {
        Validate(inputs, step);
        gradients.Validate(inputs.Rows);
        int p = inputs.Sequences / 2;
        if (_pairs.Length < p)
        {
            (_pairs, _values) = (new PairStatistics[p], new PairValue[p]);
        }

        Span<PairStatistics> pairs = _pairs.AsSpan(0, p);
        Span<PairValue> values = _values.AsSpan(0, p);
        for (int i = 0; i < p; i++)
        {
            pairs[i] = Gather(inputs, 2 * i);
        }

        term.Evaluate(pairs, values);
        double denominator = step.Sequences / 2;
        double sum = 0;
        for (int i = 0; i < p; i++)
        {
            sum += values[i].Loss;
            Spread(inputs, 2 * i, values[i].DChosen / denominator, gradients.LogProb);
            Spread(inputs, (2 * i) + 1, values[i].DRejected / denominator, gradients.LogProb);
        }

        gradients.Entropy.Clear();
        ReportRewards(pairs, metrics);
        ReportTokens(inputs, metrics);
        return sum / denominator;
    }

    private void Validate(in LossInputs inputs, StepCounts step)
    {
        inputs.Validate();
        if (inputs.Sequences % 2 != 0 || step.Sequences % 2 != 0 || step.Sequences < inputs.Sequences)
        {
            throw new ShapeException($"[{Name}] sequences: expected pairs, at most as many as in the step, got {inputs.Sequences} of {step.Sequences}");
        }

        if (NeedsReference && inputs.ReferenceLogProb.IsEmpty && inputs.Rows > 0)
        {
            throw new ShapeException($"[{Name}] referenceLogProb: expected [{inputs.Rows}], got [0]");
        }
    }

    private static PairStatistics Gather(in LossInputs inputs, int chosen) => new(
        Sum(inputs, inputs.LogProb, chosen),
        Sum(inputs, inputs.LogProb, chosen + 1),
        Sum(inputs, inputs.ReferenceLogProb, chosen),
        Sum(inputs, inputs.ReferenceLogProb, chosen + 1),
        inputs.RowStarts[chosen + 1] - inputs.RowStarts[chosen],
        inputs.RowStarts[chosen + 2] - inputs.RowStarts[chosen + 1])
    {
        Margin = Of(inputs.Values(Column.Margin), chosen / 2, 0),
        Label = Of(inputs.Values(Column.SoftLabel), chosen / 2, 1),
    };

    private static double Of(ReadOnlySpan<double> column, int pair, double otherwise) => column.IsEmpty ? otherwise : column[pair];

    private static double Sum(in LossInputs inputs, ReadOnlySpan<double> values, int sequence)
    {
        double sum = 0;
        int end = values.IsEmpty ? 0 : inputs.RowStarts[sequence + 1];
        for (int t = inputs.RowStarts[sequence]; t < end; t++)
        {
            double weight = inputs.Weight.IsEmpty ? 1 : inputs.Weight[t];
            sum += weight == 0 ? 0 : weight * values[t];
        }

        return sum;
    }

    private static void Spread(in LossInputs inputs, int sequence, double dStat, Span<double> dLogProb)
    {
        for (int t = inputs.RowStarts[sequence]; t < inputs.RowStarts[sequence + 1]; t++)
        {
            dLogProb[t] = inputs.Weight.IsEmpty ? dStat : inputs.Weight[t] * dStat;
        }
    }

    private void ReportRewards(ReadOnlySpan<PairStatistics> pairs, MetricAccumulator metrics)
    {
        double chosen = 0;
        double rejected = 0;
        double margin = 0;
        double correct = 0;
        double logProbChosen = 0;
        double logProbRejected = 0;
        foreach (ref readonly PairStatistics pair in pairs)
        {
            double c = term.Beta * pair.ChosenLogRatio;
            double r = term.Beta * pair.RejectedLogRatio;
            chosen += c;
            rejected += r;
            margin += c - r;
            correct += c > r ? 1 : 0;
            logProbChosen += pair.Chosen;
            logProbRejected += pair.Rejected;
        }

        metrics.Add(Metric.RewardsChosen, chosen, pairs.Length);
        metrics.Add(Metric.RewardsRejected, rejected, pairs.Length);
        metrics.Add(Metric.RewardsAccuracies, correct, pairs.Length);
        metrics.Add(Metric.RewardsMargins, margin, pairs.Length);
        metrics.Add(Metric.LogProbsChosen, logProbChosen, pairs.Length);
        metrics.Add(Metric.LogProbsRejected, logProbRejected, pairs.Length);
    }

    private static void ReportTokens(in LossInputs inputs, MetricAccumulator metrics)
    {
        TokenMetrics.Mean(Metric.Entropy, inputs, inputs.Entropy, 0, 1, metrics);
        TokenMetrics.Mean(Metric.LogitsChosen, inputs, inputs.MeanLogit, 0, 2, metrics);
        TokenMetrics.Mean(Metric.LogitsRejected, inputs, inputs.MeanLogit, 1, 2, metrics);
        TokenMetrics.Accuracy(inputs, 0, 2, metrics);
    }
}
