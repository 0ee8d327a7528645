namespace FastAlign.Kernels;

/// <summary>
/// <c>-min(min(rho, delta) A, clip(rho, 1 - low, 1 + high) A)</c>, and, where A &lt; 0, no more than <c>-dual A</c>. Clipped surrogate of PPO (Schulman et
/// al., 2017, equation 7); high > low is "clip-higher" (DAPO, Yu et al., 2025); delta is the second side of INTELLECT-2 (Prime Intellect, 2025);
/// dual is dual-clip (Ye et al., 2020). -A at rho = 1.
/// </summary>
/// <param name="low">Distance of the lower bound from 1.</param>
/// <param name="high">Distance of the upper bound from 1.</param>
/// <param name="delta">Cap of the ratio outside the clip; infinite for none.</param>
/// <param name="dual">Largest loss in units of -A for negative advantages, above 1; infinite for none.</param>
public readonly struct ClippedRatio<T>(double low, double high, double delta, double dual) : ITokenFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _least = T.Constant(1 - low);
    private readonly T _most = T.Constant(1 + high);
    private readonly T _delta = T.Constant(delta);
    private readonly T _dual = T.Constant(dual);

    public T Value(in Token<T> token)
    {
        T ratio = T.Exp(token.LogRatio);
        T clipped = T.Min(T.Max(ratio, _least), _most);
        T loss = -T.Min(T.Min(ratio, _delta) * token.Advantage, clipped * token.Advantage);
        return T.IfLess(token.Advantage, T.Constant(0), T.Min(loss, -(_dual * token.Advantage)), loss);
    }
}
