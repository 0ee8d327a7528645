namespace FastAlign.Kernels;

/// <summary>
/// GMPO's clip, in log space and on the side that would gain only: <c>min(x, high)</c> where A > 0, <c>max(x, -low)</c> elsewhere (Zhao et al., 2025,
/// "Geometric-Mean Policy Optimization", section 3).
/// </summary>
/// <param name="low">Distance of the lower bound from 0.</param>
/// <param name="high">Distance of the upper bound from 0.</param>
public readonly struct OneSidedLogRatio<T>(double low, double high) : ITokenFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _least = T.Constant(-low);
    private readonly T _most = T.Constant(high);

    public T Value(in Token<T> token) =>
        T.IfLess(T.Constant(0), token.Advantage, T.Min(token.LogRatio, _most), T.Max(token.LogRatio, _least));
}
