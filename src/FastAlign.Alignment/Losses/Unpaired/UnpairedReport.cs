namespace FastAlign.Alignment;

/// <summary>The metrics of unpaired losses, as TRL's KTOTrainer logs them: a class without completions is not reported.</summary>
internal static class UnpairedReport
{
    /// <summary>Rewards <c>beta h</c> and log-prob sums by class.</summary>
    public static void Rewards(ReadOnlySpan<SequenceStatistics> completions, double beta, MetricAccumulator metrics)
    {
        double chosen = 0;
        double rejected = 0;
        double logProbChosen = 0;
        double logProbRejected = 0;
        long desirable = 0;
        foreach (ref readonly SequenceStatistics completion in completions)
        {
            double reward = beta * completion.LogRatio;
            if (completion.Label == 1)
            {
                chosen += reward;
                logProbChosen += completion.LogProb;
                desirable++;
            }
            else
            {
                rejected += reward;
                logProbRejected += completion.LogProb;
            }
        }

        long undesirable = completions.Length - desirable;
        metrics.Add(Metric.RewardsChosen, chosen, desirable);
        metrics.Add(Metric.LogProbsChosen, logProbChosen, desirable);
        metrics.Add(Metric.RewardsRejected, rejected, undesirable);
        metrics.Add(Metric.LogProbsRejected, logProbRejected, undesirable);
        if (desirable > 0 && undesirable > 0)
        {
            metrics.Add(Metric.RewardsMargins, (chosen / desirable) - (rejected / undesirable), 1);
        }
    }

    /// <summary>Entropy over all judged completions, mean logit by class.</summary>
    public static void Tokens(in LossInputs inputs, ReadOnlySpan<SequenceStatistics> completions, MetricAccumulator metrics)
    {
        Mean(Metric.Entropy, inputs, inputs.Entropy, completions, null, metrics);
        Mean(Metric.LogitsChosen, inputs, inputs.MeanLogit, completions, true, metrics);
        Mean(Metric.LogitsRejected, inputs, inputs.MeanLogit, completions, false, metrics);
    }

    private static void Mean(
        Metric metric, in LossInputs inputs, ReadOnlySpan<double> values, ReadOnlySpan<SequenceStatistics> completions, bool? isDesirable, MetricAccumulator metrics)
    {
        if (values.IsEmpty)
        {
            return;
        }

        double sum = 0;
        long rows = 0;
        for (int i = 0; i < completions.Length; i++)
        {
            if (isDesirable is { } wanted && completions[i].Label == 1 != wanted)
            {
                continue;
            }

            foreach (double value in values[inputs.RowsOf(SequenceRows.First(inputs, i))])
            {
                sum += value;
                rows++;
            }
        }

        metrics.Add(metric, sum, rows);
    }
}
