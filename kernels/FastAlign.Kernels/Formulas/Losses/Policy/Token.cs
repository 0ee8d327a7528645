namespace FastAlign.Kernels;

/// <summary>
/// What a token loss sees of one scored token. Losses are differentiated along two inputs: <see cref="LogProb"/> (which <see cref="ReferenceLogRatio"/>
/// follows) and <see cref="LogRatio"/>; how the latter depends on the log-probs of the sequence is the caller's affair, so one formula serves ratios of
/// tokens and of sequences. Everything is in nats but the advantage, which has the unit of the reward.
/// </summary>
public readonly struct Token<T>
    where T : struct, ILane<T>
{
    /// <summary><c>log pi</c> of the token.</summary>
    public required T LogProb { get; init; }

    /// <summary><c>x = log rho</c>, log of the importance ratio that the loss clips: of the token or of its sequence.</summary>
    public required T LogRatio { get; init; }

    /// <summary><c>d = log pi - log ref</c> of the token; 0 without a reference.</summary>
    public required T ReferenceLogRatio { get; init; }

    /// <summary><c>log w</c>: sum of the log-ratios of the whole sequence, corrections included. Has no derivative.</summary>
    public required T SequenceLogRatio { get; init; }

    /// <summary><c>A</c></summary>
    public required T Advantage { get; init; }
}
