namespace FastAlign.Kernels;

/// <summary>
/// <c>(c - 1/(2 beta))^2 + (r + 1/(2 beta))^2</c> (SPPO with hard labels: Wu et al., 2024). <c>1/(2 beta^2)</c> at c = r = 0.
/// </summary>
/// <param name="beta">Inverse temperature.</param>
public readonly struct SppoPair<T>(double beta) : IPairFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _target = T.Constant(0.5 / beta);

    public T Loss(in Pair<T> pair)
    {
        T c = pair.ChosenRatio - _target;
        T r = pair.RejectedRatio + _target;
        return (c * c) + (r * r);
    }
}
