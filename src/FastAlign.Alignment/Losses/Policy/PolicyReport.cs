namespace FastAlign.Alignment;

/// <summary>What a policy loss reports about its ratio.</summary>
public sealed record PolicyReport
{
    /// <summary>Lower end of the ratio below which a token of negative advantage counts as clipped; -infinite reports no clipping.</summary>
    public double Least { get; init; } = double.NegativeInfinity;

    /// <summary>Upper end of the ratio above which a token of positive advantage counts as clipped; infinite reports no clipping.</summary>
    public double Most { get; init; } = double.PositiveInfinity;

    /// <summary>Cap of the ratio before it is compared; infinite for none.</summary>
    public double Cap { get; init; } = double.PositiveInfinity;

    /// <summary>Whether only the upper end is a clip, reported as <c>cispo_clip_ratio</c>.</summary>
    public bool IsWeightClip { get; init; }

    /// <summary>Weight of a sequence to report as <c>vespo/phi_seq_mean</c>, or null.</summary>
    public ITokenTerm? SequenceWeight { get; init; }

    /// <summary>Whether the ratio to the old policy is reported: its mean, and as KL to it <c>rho - 1 - log rho</c>.</summary>
    public bool ShowsRatio { get; init; }
}
