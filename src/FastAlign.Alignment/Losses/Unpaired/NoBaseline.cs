namespace FastAlign.Alignment;

/// <summary>0.</summary>
/// <param name="reported">Metric to report the 0 as, or null: TRL logs a KL of 0 for APO-zero.</param>
public sealed class NoBaseline(Metric? reported = null) : ISequenceBaseline
{
    public bool IsCoupled => false;

    public bool NeedsMismatched => false;

    public void Evaluate(ReadOnlySpan<SequenceStatistics> completions, Span<double> baselines, MetricAccumulator metrics)
    {
        baselines.Clear();
        if (reported is not null)
        {
            metrics.Add(reported, 0, 1);
        }
    }
}
