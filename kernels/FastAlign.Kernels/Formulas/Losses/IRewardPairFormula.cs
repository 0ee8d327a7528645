namespace FastAlign.Kernels;

/// <summary>The loss of a pair of scores, as a pure function. On <see cref="Dual{T}"/> the same code gives the derivatives.</summary>
public interface IRewardPairFormula<T>
    where T : struct, ILane<T>
{
    /// <summary>Loss of the pair, not yet divided by the number of pairs.</summary>
    T Loss(in RewardPair<T> pair);
}
