namespace FastAlign.Kernels;

/// <summary>
/// <c>-log sigmoid(beta c - delta) - log sigmoid(delta - beta r)</c>: binary classification of each side (Jung et al., 2024) around a shift of the rewards. 2 ln 2
/// at c = r = delta = 0.
/// </summary>
/// <param name="beta">Inverse temperature.</param>
/// <param name="shift">delta, nats; 0 in TRL's DPO.</param>
public readonly struct BcoPair<T>(double beta, double shift = 0) : IPairFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _beta = T.Constant(beta);
    private readonly T _shift = T.Constant(shift);

    public T Loss(in Pair<T> pair) => T.Softplus(_shift - (_beta * pair.ChosenRatio)) + T.Softplus((_beta * pair.RejectedRatio) - _shift);
}
