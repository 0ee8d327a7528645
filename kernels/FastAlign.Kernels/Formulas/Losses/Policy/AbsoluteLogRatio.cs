namespace FastAlign.Kernels;

/// <summary><c>|x|</c>, what KL-Cov adds to the loss of the tokens of largest covariance (Cui et al., 2025). Slope 0 at 0.</summary>
public readonly struct AbsoluteLogRatio<T> : ITokenFormula<T>
    where T : struct, ILane<T>
{
    public T Value(in Token<T> token) => T.Abs(token.LogRatio);
}
