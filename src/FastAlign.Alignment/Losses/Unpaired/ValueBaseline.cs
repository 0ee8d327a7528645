using FastAlign.Core;

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
            baselines[i] = !double.IsNaN(completions[i].Value)
                ? completions[i].Value
                : throw new ShapeException($"[dro] {Column.Value.Name}: expected the value of completion {i}, got none");
            sum += baselines[i];
        }

        metrics.Add(UnpairedMetrics.Value, sum, completions.Length);
    }
}
