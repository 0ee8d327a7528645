namespace FastAlign.Alignment;

/// <summary>Figures of a policy loss: entropy, KL, and what the clip took.</summary>
/// <param name="parts">The loss.</param>
internal sealed class PolicyMetrics(PolicyParts parts)
{
    private TokenValue[] _weights = [];

    public void Report(in LossInputs inputs, PolicyRows rows, ReadOnlySpan<TokenValue> kl, MetricAccumulator metrics)
    {
        if (!inputs.Entropy.IsEmpty)
        {
            metrics.Add(Metric.Entropy, Sum(inputs, inputs.Entropy), Total(inputs));
        }

        if (!kl.IsEmpty)
        {
            double sum = 0;
            for (int t = 0; t < inputs.Rows; t++)
            {
                sum += Weighted(inputs, t, kl[t].Value);
            }

            metrics.Add(Metric.Kl, sum, Total(inputs));
        }

        if (parts.Report.ShowsRatio)
        {
            ReportRatio(inputs, rows.Tokens, metrics);
        }

        if (!double.IsInfinity(parts.Report.Most))
        {
            ReportClip(inputs, rows, metrics);
        }

        if (parts.Report.SequenceWeight is { } weight)
        {
            ReportWeight(inputs, rows.Sequences, weight, metrics);
        }
    }

    private static double Weighted(in LossInputs inputs, int t, double value)
    {
        double weight = PolicyRows.Weight(inputs, t);
        return weight == 0 ? 0 : weight * value;
    }

    private static double Total(in LossInputs inputs)
    {
        double total = 0;
        for (int t = 0; t < inputs.Rows; t++)
        {
            total += PolicyRows.Weight(inputs, t);
        }

        return total;
    }

    /// <summary>Mean over unmasked rows.</summary>
    public static double Mean(in LossInputs inputs, ReadOnlySpan<double> values) => Sum(inputs, values) / Total(inputs);

    private static double Sum(in LossInputs inputs, ReadOnlySpan<double> values)
    {
        double sum = 0;
        for (int t = 0; t < inputs.Rows; t++)
        {
            sum += Weighted(inputs, t, values[t]);
        }

        return sum;
    }

    private static void ReportRatio(in LossInputs inputs, ReadOnlySpan<TokenStatistics> tokens, MetricAccumulator metrics)
    {
        double ratios = 0;
        double divergence = 0;
        for (int t = 0; t < inputs.Rows; t++)
        {
            double ratio = Math.Exp(tokens[t].LogRatio);
            ratios += Weighted(inputs, t, ratio);
            divergence += Weighted(inputs, t, ratio - 1 - tokens[t].LogRatio);
        }

        metrics.Add(Metric.Ratio, ratios, Total(inputs));
        metrics.Add(Metric.Kl, divergence, Total(inputs));
    }

    /// <summary>A ratio of sequences with an advantage of sequences is one item per sequence, any other one per token.</summary>
    private void ReportClip(in LossInputs inputs, PolicyRows rows, MetricAccumulator metrics)
    {
        bool isPerSequence = parts.Level == RatioLevel.WholeSum || (parts.Level == RatioLevel.Sequence && inputs.Values(Column.Advantage).IsEmpty);
        double low = 0;
        double high = 0;
        double items = 0;
        double lowMin = double.PositiveInfinity;
        double highMax = double.NegativeInfinity;
        for (int s = 0; s < inputs.Sequences; s++)
        {
            (double below, double above, double count) = isPerSequence ? Clipped(rows.Sequences[s]) : ClippedRows(inputs, rows.Tokens, s);
            (low, high, items) = (low + below, high + above, items + count);
            if (count > 0)
            {
                (lowMin, highMax) = (Math.Min(lowMin, below / count), Math.Max(highMax, above / count));
            }
        }

        if (parts.Report.IsWeightClip)
        {
            metrics.Add(Metric.CispoClipRatio, high, items);
            return;
        }

        metrics.Add(Metric.ClipRatioLowMean, low, items);
        metrics.Add(Metric.ClipRatioHighMean, high, items);
        metrics.Add(Metric.ClipRatioRegionMean, low + high, items);
        metrics.Add(Metric.ClipRatioLowMin, lowMin, Math.Min(items, 1));
        metrics.Add(Metric.ClipRatioHighMax, highMax, Math.Min(items, 1));
    }

    private (double Below, double Above, double Count) ClippedRows(in LossInputs inputs, ReadOnlySpan<TokenStatistics> tokens, int sequence)
    {
        double low = 0;
        double high = 0;
        double count = 0;
        for (int t = inputs.RowStarts[sequence]; t < inputs.RowStarts[sequence + 1]; t++)
        {
            (double below, double above, _) = Clipped(tokens[t]);
            low += Weighted(inputs, t, below);
            high += Weighted(inputs, t, above);
            count += PolicyRows.Weight(inputs, t);
        }

        return (low, high, count);
    }

    private (double Below, double Above, double Count) Clipped(in TokenStatistics token)
    {
        double ratio = Math.Min(Math.Exp(token.LogRatio), parts.Report.Cap);
        bool isBelow = token.Advantage < 0 && ratio < parts.Report.Least;
        bool isAbove = token.Advantage > 0 && ratio > parts.Report.Most;
        return (isBelow ? 1 : 0, isAbove ? 1 : 0, 1);
    }

    private void ReportWeight(in LossInputs inputs, ReadOnlySpan<TokenStatistics> sequences, ITokenTerm weight, MetricAccumulator metrics)
    {
        if (_weights.Length < inputs.Sequences)
        {
            _weights = new TokenValue[inputs.Sequences];
        }

        weight.Evaluate(sequences, _weights);
        double sum = 0;
        for (int s = 0; s < inputs.Sequences; s++)
        {
            sum += _weights[s].Value;
        }

        metrics.Add(Metric.VespoPhi, sum, inputs.Sequences);
    }
}
