namespace FastAlign.Alignment;

/// <summary>
/// The mean of <c>r - tau h</c> over the step, in place of a value network: DRO-P (Richemond et al., 2024, appendix B). The loss is then half the variance
/// of <c>r - tau h</c> over tau; its gradient is exact though none flows through the mean, because the residuals add up to 0.
/// </summary>
/// <param name="tau">Units of reward per nat.</param>
public sealed class MeanResidualBaseline(double tau) : ISequenceBaseline
{
    public bool IsCoupled => true;

    public bool NeedsMismatched => false;

    public void Evaluate(ReadOnlySpan<SequenceStatistics> completions, Span<double> baselines, MetricAccumulator metrics)
    {
        double sum = 0;
        foreach (ref readonly SequenceStatistics completion in completions)
        {
            sum += completion.Reward - (tau * completion.LogRatio);
        }

        double mean = sum / Math.Max(1, completions.Length);
        baselines.Fill(mean);
        metrics.Add(UnpairedMetrics.Value, mean, 1);
    }
}
