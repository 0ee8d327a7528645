namespace FastAlign.Kernels;

/// <summary>What a loss of a reward or cost model sees of one pair. Losses are differentiated by <see cref="Chosen"/> and <see cref="Rejected"/>.</summary>
public readonly struct RewardPair<T>
    where T : struct, ILane<T>
{
    /// <summary>Score of the chosen completion, in the unit of the model.</summary>
    public required T Chosen { get; init; }

    /// <summary>Score of the rejected completion.</summary>
    public required T Rejected { get; init; }

    /// <summary>How much better the chosen side is by the data's own account, in the unit of the score; 0 where it does not say.</summary>
    public required T Margin { get; init; }

    /// <summary>Probability, by the data's account, that the chosen side is the better one; 1 where it does not say.</summary>
    public required T Label { get; init; }

    /// <summary>1 if the chosen completion is harmful, -1 if it is safe.</summary>
    public required T ChosenSign { get; init; }

    /// <summary>1 if the rejected completion is harmful, -1 if it is safe.</summary>
    public required T RejectedSign { get; init; }
}
