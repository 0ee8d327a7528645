namespace FastAlign.Kernels;

/// <summary>
/// What an unpaired loss sees of one completion. Losses are differentiated by <see cref="LogRatio"/> alone; all else is data or a quantity that no
/// gradient flows through.
/// </summary>
public readonly struct Sequence<T>
    where T : struct, ILane<T>
{
    /// <summary><c>h = sum_t w_t (log pi - log ref)</c> over the completion, nats.</summary>
    public required T LogRatio { get; init; }

    /// <summary>1 for a completion to encourage, 0 for one to discourage.</summary>
    public required T Label { get; init; }

    /// <summary><c>r</c>, scalar reward in the unit of the data; 0 where the data have labels only.</summary>
    public required T Reward { get; init; }

    /// <summary>What the completion is compared with: a KL in nats, a running mean of rewards, a value. The formula says which.</summary>
    public required T Baseline { get; init; }

    /// <summary>1 where <see cref="Label"/> is 1, else -1.</summary>
    public T Sign => Label + Label - T.Constant(1);
}
