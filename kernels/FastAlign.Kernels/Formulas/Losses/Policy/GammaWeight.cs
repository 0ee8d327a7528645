namespace FastAlign.Kernels;

/// <summary>
/// VESPO's weight of a sequence: <c>phi(w) = w^k e^(lambda (1 - w)) = exp(lambda + k log w - lambda w)</c>, 1 at w = 1, falling to 0 on both sides;
/// <c>log w</c> is kept in [ln 1e-8, 20]. k and lambda depend on the sign of the advantage. As a token formula: phi itself.
/// </summary>
/// <param name="kPositive">k where A >= 0.</param>
/// <param name="lambdaPositive">lambda where A >= 0.</param>
/// <param name="kNegative">k where A &lt; 0.</param>
/// <param name="lambdaNegative">lambda where A &lt; 0.</param>
public readonly struct GammaWeight<T>(double kPositive, double lambdaPositive, double kNegative, double lambdaNegative) : ITokenFormula<T>
    where T : struct, ILane<T>
{
    /// <summary>ln 1e-8</summary>
    public const double LeastLogRatio = -18.420680743952367;

    public const double MostLogRatio = 20;

    private readonly T _kPositive = T.Constant(kPositive);
    private readonly T _lambdaPositive = T.Constant(lambdaPositive);
    private readonly T _kNegative = T.Constant(kNegative);
    private readonly T _lambdaNegative = T.Constant(lambdaNegative);

    public T Value(in Token<T> token)
    {
        T logW = T.Min(T.Max(token.SequenceLogRatio, T.Constant(LeastLogRatio)), T.Constant(MostLogRatio));
        T zero = T.Constant(0);
        T k = T.IfLess(token.Advantage, zero, _kNegative, _kPositive);
        T lambda = T.IfLess(token.Advantage, zero, _lambdaNegative, _lambdaPositive);
        return T.Exp(lambda + (k * logW) - (lambda * T.Exp(logW)));
    }
}
