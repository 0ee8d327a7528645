namespace FastAlign.Alignment;

/// <summary>Token means of what the head reports. A span that is empty is not reported.</summary>
internal static class TokenMetrics
{
    /// <summary>Mean of <paramref name="values"/> over the rows of every <paramref name="stride"/>-th sequence from <paramref name="first"/>.</summary>
    public static void Mean(Metric metric, in LossInputs inputs, ReadOnlySpan<double> values, int first, int stride, MetricAccumulator metrics)
    {
        if (values.IsEmpty)
        {
            return;
        }

        double sum = 0;
        long rows = 0;
        for (int s = first; s < inputs.Sequences; s += stride)
        {
            foreach (double value in values[inputs.RowsOf(s)])
            {
                sum += value;
                rows++;
            }
        }

        metrics.Add(metric, sum, rows);
    }

    /// <summary>Share of rows whose most probable token is the target, over the same rows as <see cref="Mean"/>.</summary>
    public static void Accuracy(in LossInputs inputs, int first, int stride, MetricAccumulator metrics)
    {
        if (inputs.ArgMax.IsEmpty || inputs.Target.IsEmpty)
        {
            return;
        }

        long correct = 0;
        long rows = 0;
        for (int s = first; s < inputs.Sequences; s += stride)
        {
            for (int t = inputs.RowStarts[s]; t < inputs.RowStarts[s + 1]; t++)
            {
                correct += inputs.ArgMax[t] == inputs.Target[t] ? 1 : 0;
                rows++;
            }
        }

        metrics.Add(Metric.MeanTokenAccuracy, correct, rows);
    }
}
