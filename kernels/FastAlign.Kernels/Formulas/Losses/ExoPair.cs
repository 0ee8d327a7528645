namespace FastAlign.Kernels;

/// <summary>
/// <c>sigmoid(x) (log sigmoid(x) - log(1-e)) + sigmoid(-x) (log sigmoid(-x) - log e)</c>, <c>x = beta (s_c - s_r)</c>: KL divergence from the policy's
/// preference to the smoothed label (EXO: Ji et al., 2024). At x = 0: <c>-ln 2 - (log(1-e) + log e)/2</c>.
/// </summary>
/// <param name="beta">Inverse temperature.</param>
/// <param name="smoothing">e, in (0, 0.5).</param>
public readonly struct ExoPair<T>(double beta, double smoothing) : IScoreFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _beta = T.Constant(beta);
    private readonly T _logRight = T.Log1p(T.Constant(-smoothing));
    private readonly T _logWrong = T.Constant(Math.Log(smoothing));

    public T Loss(in Pair<T> pair)
    {
        T x = _beta * pair.ScoreDifference;
        return (T.Sigmoid(x) * (StableForms.LogSigmoid(x) - _logRight)) + (T.Sigmoid(-x) * (StableForms.LogSigmoid(-x) - _logWrong));
    }
}
