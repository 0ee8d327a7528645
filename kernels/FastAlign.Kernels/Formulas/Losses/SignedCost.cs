namespace FastAlign.Kernels;

/// <summary>
/// <c>-log sigmoid(C_r - C_c) - log sigmoid(g_c C_c) - log sigmoid(g_r C_r) + k (C_c^2 + C_r^2) / 2</c>: a cost model whose zero divides safe from
/// harmful (Dai et al., Safe RLHF, 2024, equation 6; the regulariser k is in the authors' code only). The chosen side is the safer one; g is 1 for a
/// harmful completion, -1 for a safe one. 3 ln 2 where both costs are 0.
/// </summary>
/// <param name="regularization">k, at least 0; the authors' code has 0.001.</param>
public readonly struct SignedCost<T>(double regularization) : IRewardPairFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _half = T.Constant(regularization / 2);

    public T Loss(in RewardPair<T> pair) =>
        T.Softplus(pair.Chosen - pair.Rejected)
        + T.Softplus(-(pair.ChosenSign * pair.Chosen))
        + T.Softplus(-(pair.RejectedSign * pair.Rejected))
        + (_half * ((pair.Chosen * pair.Chosen) + (pair.Rejected * pair.Rejected)));
}
