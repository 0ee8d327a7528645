namespace FastAlign.Kernels;

/// <summary>
/// <c>-(1 - q) log sigmoid(x) + q e^-x</c>, <c>x = beta (s_c - s_r)</c>, <c>q = sigmoid(x / tau)</c>: the log-ratio modulated loss found by language models (DiscoPOP: Lu et
/// al., 2024). <c>(ln 2 + 1) / 2</c> at x = 0. NaN, as in TRL, where <c>e^-x</c> overflows.
/// </summary>
/// <param name="beta">Inverse temperature.</param>
/// <param name="tau">Temperature of the blend, above 0.</param>
public readonly struct DiscoPopPair<T>(double beta, double tau) : IScoreFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _beta = T.Constant(beta);
    private readonly T _inverseTau = T.Constant(1 / tau);

    public T Loss(in Pair<T> pair)
    {
        T x = _beta * pair.ScoreDifference;
        T blend = x * _inverseTau;
        return (T.Sigmoid(-blend) * T.Softplus(-x)) + (T.Sigmoid(blend) * T.Exp(-x));
    }
}
