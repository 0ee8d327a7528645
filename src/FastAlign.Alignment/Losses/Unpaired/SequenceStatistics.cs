namespace FastAlign.Alignment;

/// <summary>Statistics of one judged completion: <c>sum_t w_t logp_t</c> under policy and reference, nats, and what the data say of it.</summary>
/// <param name="LogProb">Policy.</param>
/// <param name="Reference">Reference; 0 without one.</param>
public readonly record struct SequenceStatistics(double LogProb, double Reference)
{
    /// <summary>See <see cref="Column.Label"/>; where the data have rewards only, 1 for a reward above 0.</summary>
    public double Label { get; init; }

    /// <summary>See <see cref="Column.Reward"/>; where the data have labels only, 1 or -1.</summary>
    public double Reward { get; init; }

    /// <summary>Factor of the loss.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>See <see cref="Column.Value"/>; NaN if absent.</summary>
    public double Value { get; init; } = double.NaN;

    /// <summary>Log-ratio of the completion of another prompt, scored after this prompt: a sample for the KL estimate. NaN where there is none.</summary>
    public double MismatchedLogRatio { get; init; } = double.NaN;

    /// <summary><c>h = log pi - log ref</c></summary>
    public double LogRatio => LogProb - Reference;
}
