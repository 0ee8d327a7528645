namespace FastAlign.Kernels;

/// <summary>
/// <c>-l log sigmoid(x) - (1 - l) log sigmoid(-x) + c (r_c + r_r)^2 = log(1 + e^-x) + (1 - l) x + c (r_c + r_r)^2</c>,
/// <c>x = r_c - r_r - margin</c>: the Bradley-Terry model (1952) of Christiano et al. (2017) with the margin of Llama 2 (Touvron et al., 2023,
/// equation 2), a soft label l, and the centering term of Eisenstein et al. (2023). ln 2 where scores are equal and there is no margin.
/// </summary>
/// <param name="centering">c, at least 0.</param>
public readonly struct BradleyTerryReward<T>(double centering) : IRewardPairFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _centering = T.Constant(centering);

    public T Loss(in RewardPair<T> pair)
    {
        T x = pair.Chosen - pair.Rejected - pair.Margin;
        T sum = pair.Chosen + pair.Rejected;
        return T.Softplus(-x) + ((T.Constant(1) - pair.Label) * x) + (_centering * (sum * sum));
    }
}
