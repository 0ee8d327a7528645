namespace FastAlign.Alignment;

/// <summary>The value of the prompt from a network of its own: DRO-V. Read from <see cref="Column.Value"/>.</summary>
public sealed class ValueBaseline : ISequenceBaseline
{
    public bool IsCoupled => false;

    public bool NeedsMismatched => false;

    public void Evaluate(ReadOnlySpan<SequenceStatistics> completions, Span<double> baselines, MetricAccumulator metrics)
    {
        double sum = 0;
        for (int i = 0; i < completions.Length; i++)
        {
            baselines[i] = completions[i].Value;
            sum += baselines[i];
        }

        metrics.Add(UnpairedMetrics.Value, sum, completions.Length);
    }
}
