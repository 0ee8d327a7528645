namespace FastAlign.Kernels;

/// <summary>
/// <c>-(1-e) log sigmoid(x) - e log sigmoid(-x) = log(1 + e^-x) + e x</c>, <c>x = beta (s_c - s_r)</c> (Rafailov et al., 2023, equation 7; label
/// smoothing e: Mitchell, 2023). ln 2 at x = 0.
/// </summary>
/// <param name="beta">Inverse temperature.</param>
/// <param name="smoothing">e, in [0, 0.5).</param>
public readonly struct LogisticPair<T>(double beta, double smoothing) : IPairFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _beta = T.Constant(beta);
    private readonly T _smoothing = T.Constant(smoothing);

    public T Loss(in Pair<T> pair)
    {
        T x = _beta * pair.ScoreDifference;
        return T.Softplus(-x) + (_smoothing * x);
    }
}
