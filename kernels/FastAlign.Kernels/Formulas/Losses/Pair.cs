namespace FastAlign.Kernels;

/// <summary>
/// What a paired loss sees of one pair. Log-ratios are <c>sum_t w_t (log pi - log ref)</c> over a completion, in nats; without a reference, log-probs.
/// Losses are differentiated by <see cref="ChosenRatio"/> and <see cref="RejectedRatio"/>, scores following them.
/// </summary>
public readonly struct Pair<T>
    where T : struct, ILane<T>
{
    /// <summary><c>c</c>, log-ratio of the chosen completion.</summary>
    public required T ChosenRatio { get; init; }

    /// <summary><c>r</c>, log-ratio of the rejected completion.</summary>
    public required T RejectedRatio { get; init; }

    /// <summary><c>s_c</c>: c after the divergence; c itself under reverse KL.</summary>
    public required T ChosenScore { get; init; }

    /// <summary><c>s_r</c>: r after the divergence; r itself under reverse KL.</summary>
    public required T RejectedScore { get; init; }

    /// <summary><c>n_c</c>, scored tokens of the chosen completion, at least 1.</summary>
    public required T ChosenTokens { get; init; }

    /// <summary><c>n_r</c>, scored tokens of the rejected completion, at least 1.</summary>
    public required T RejectedTokens { get; init; }

    /// <summary>How much better the chosen side is by the data's own account, in the unit of the data; 0 where it does not say.</summary>
    public required T Margin { get; init; }

    /// <summary>Probability, by the data's account, that the chosen side is the better one; 1 where it does not say.</summary>
    public required T Label { get; init; }

    /// <summary><c>s_c - s_r</c></summary>
    public T ScoreDifference => ChosenScore - RejectedScore;
}
