using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>
/// BCO on pairs with its running shift, as LLaMA-Factory adds it to a paired loss: delta is the mean over all steps so far, this one included, of the step's
/// mean reward <c>beta (c + r) / 2</c>. No gradient flows through it.
/// </summary>
/// <param name="beta">Inverse temperature.</param>
/// <param name="moments">Means of the steps before; carried from step to step.</param>
/// <param name="isFrozen">Evaluation: use the mean, do not move it.</param>
internal sealed class RunningShiftTerm(double beta, RunningMoments moments, bool isFrozen = false) : IPairTerm, IPairReport
{
    public bool IsCoupled => !isFrozen;

    /// <summary>Mean and number of the steps.</summary>
    public RunningMoments Moments => moments;

    /// <summary>The same term on the same memory, which it reads and never moves.</summary>
    public RunningShiftTerm Freeze() => new(beta, moments, isFrozen: true);

    public void Evaluate(ReadOnlySpan<PairStatistics> pairs, Span<PairValue> values)
    {
        if (!isFrozen && !pairs.IsEmpty)
        {
            moments.Add([MeanReward(pairs)]);
        }

        FormulaTerm<BcoPair<Dual<ScalarDouble>>>.Evaluate(new(beta, moments.Mean), pairs, values);
    }

    public void Report(in LossInputs inputs, ReadOnlySpan<PairStatistics> pairs, MetricAccumulator metrics) => metrics.Add(UnpairedMetrics.Delta, moments.Mean, 1);

    private double MeanReward(ReadOnlySpan<PairStatistics> pairs)
    {
        double sum = 0;
        foreach (ref readonly PairStatistics pair in pairs)
        {
            sum += pair.ChosenLogRatio + pair.RejectedLogRatio;
        }

        return beta * sum / (2 * pairs.Length);
    }
}
