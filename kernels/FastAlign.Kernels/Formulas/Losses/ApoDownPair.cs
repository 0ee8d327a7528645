namespace FastAlign.Kernels;

/// <summary>
/// <c>sigmoid(beta c) + 1 - sigmoid(beta (c - r))</c>: lower both sides, the rejected one more (APO-down: D'Oosterlinck et al., 2024). 1 at c = r = 0.
/// </summary>
/// <param name="beta">Inverse temperature.</param>
public readonly struct ApoDownPair<T>(double beta) : IPairFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _beta = T.Constant(beta);

    public T Loss(in Pair<T> pair) => T.Sigmoid(_beta * pair.ChosenRatio) + T.Sigmoid(-(_beta * (pair.ChosenRatio - pair.RejectedRatio)));
}
