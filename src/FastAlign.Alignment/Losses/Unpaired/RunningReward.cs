namespace FastAlign.Alignment;

/// <summary>
/// BCO's delta: the mean of all rewards <c>beta h</c> seen so far, those of this step included (Jung et al., 2024, section 3.2). In evaluation it stays as
/// training left it.
/// </summary>
/// <param name="beta">Inverse temperature.</param>
/// <param name="moments">What was seen before; carried from step to step.</param>
/// <param name="isFrozen">Evaluation: use the mean, do not move it.</param>
public sealed class RunningReward(double beta, RunningMoments moments, bool isFrozen = false) : ISequenceBaseline
{
    public bool IsCoupled => !isFrozen;

    public bool NeedsMismatched => false;

    /// <summary>Mean, variance and count of the rewards.</summary>
    public RunningMoments Moments => moments;

    public void Evaluate(ReadOnlySpan<SequenceStatistics> completions, Span<double> baselines, MetricAccumulator metrics)
    {
        if (!isFrozen)
        {
            for (int i = 0; i < completions.Length; i++)
            {
                baselines[i] = beta * completions[i].LogRatio;
            }

            moments.Add(baselines);
        }

        baselines.Fill(moments.Mean);
        metrics.Add(UnpairedMetrics.Delta, moments.Mean, 1);
    }
}
