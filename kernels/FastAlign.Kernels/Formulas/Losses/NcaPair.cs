namespace FastAlign.Kernels;

/// <summary>
/// <c>-log sigmoid(beta c) - (log sigmoid(-beta c) + log sigmoid(-beta r)) / 2</c> (NCA with one positive among two: Chen et al., 2024). 2 ln 2 at c = r = 0.
/// </summary>
/// <param name="beta">Inverse temperature.</param>
public readonly struct NcaPair<T>(double beta) : IPairFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _beta = T.Constant(beta);

    public T Loss(in Pair<T> pair)
    {
        T c = _beta * pair.ChosenRatio;
        T r = _beta * pair.RejectedRatio;
        return T.Softplus(-c) + (T.Constant(0.5) * (T.Softplus(c) + T.Softplus(r)));
    }
}
