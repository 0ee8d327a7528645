namespace FastAlign.Alignment;

/// <summary>What an unpaired loss compares each completion with; no gradient flows through it.</summary>
public interface ISequenceBaseline
{
    /// <summary>Whether it depends on all completions of the step together.</summary>
    bool IsCoupled { get; }

    /// <summary>Whether the data must bring a second, mismatched sequence with every completion.</summary>
    bool NeedsMismatched { get; }

    /// <summary>The baseline of every completion.</summary>
    /// <param name="completions">[E]</param>
    /// <param name="baselines">[E], assigned.</param>
    /// <param name="metrics">Receives what there is to report.</param>
    void Evaluate(ReadOnlySpan<SequenceStatistics> completions, Span<double> baselines, MetricAccumulator metrics);
}
