namespace FastAlign.Kernels;

/// <summary><c>-rho A</c>: the importance-weighted policy gradient without a clip; with a ratio clipped beforehand, GMPO.</summary>
public readonly struct UnclippedRatio<T> : ITokenFormula<T>
    where T : struct, ILane<T>
{
    public T Value(in Token<T> token) => -(T.Exp(token.LogRatio) * token.Advantage);
}
