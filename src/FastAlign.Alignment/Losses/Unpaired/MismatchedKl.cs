namespace FastAlign.Alignment;

/// <summary>
/// KTO's estimate of KL(pi, ref): <c>max(0, mean_i h'_i)</c>, h' the log-ratio of a completion of another prompt after this one (Ethayarajh et al., 2024,
/// section 4.1). Nats.
/// </summary>
/// <param name="scope">Completions of the whole step together, or of each micro-batch by itself.</param>
/// <param name="dialect"><see cref="Dialect.Original"/>: the mean is over completions whose h' is not 0, as in the authors' code.</param>
public sealed class MismatchedKl(KlScope scope, Dialect dialect) : ISequenceBaseline
{
    public bool IsCoupled => scope == KlScope.Step;

    public bool NeedsMismatched => true;

    public void Evaluate(ReadOnlySpan<SequenceStatistics> completions, Span<double> baselines, MetricAccumulator metrics)
    {
        double sum = 0;
        long count = 0;
        foreach (ref readonly SequenceStatistics completion in completions)
        {
            double h = completion.MismatchedLogRatio;
            sum += h;
            count += dialect != Dialect.Original || h != 0 ? 1 : 0;
        }

        double mean = sum / Math.Max(1, count);
        double squares = 0;
        foreach (ref readonly SequenceStatistics completion in completions)
        {
            double deviation = completion.MismatchedLogRatio - mean;
            squares += deviation * deviation;
        }

        double kl = Math.Max(0, mean);
        baselines.Fill(kl);
        metrics.Add(UnpairedMetrics.Kl, kl, 1);
        if (completions.Length > 1)
        {
            metrics.Add(UnpairedMetrics.KlError, Math.Sqrt(squares / (completions.Length - 1) / completions.Length), 1);
        }
    }
}

/// <summary>Which completions make up one estimate of the KL, and from among which the mismatched ones are taken.</summary>
public enum KlScope
{
    /// <summary>All of the optimizer step: does not depend on how the step is cut, and varies least.</summary>
    Step,

    /// <summary>Each micro-batch by itself: TRL's reading.</summary>
    MicroBatch,
}
