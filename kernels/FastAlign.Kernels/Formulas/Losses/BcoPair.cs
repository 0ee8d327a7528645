namespace FastAlign.Kernels;

/// <summary>
/// <c>-log sigmoid(beta c) - log sigmoid(-beta r)</c>: binary classification of each side (Jung et al., 2024), without the running shift of the unpaired
/// loss. 2 ln 2 at c = r = 0.
/// </summary>
/// <param name="beta">Inverse temperature.</param>
public readonly struct BcoPair<T>(double beta) : IPairFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _beta = T.Constant(beta);

    public T Loss(in Pair<T> pair) => T.Softplus(-(_beta * pair.ChosenRatio)) + T.Softplus(_beta * pair.RejectedRatio);
}
