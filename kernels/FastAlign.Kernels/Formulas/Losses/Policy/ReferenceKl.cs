namespace FastAlign.Kernels;

/// <summary>
/// KL term of a policy loss: <c>k(d)</c>, or, corrected for tokens that another policy sampled, <c>rho k(d)</c>, with the ratio's gradient (DeepSeek-V3.2,
/// 2025). Either is <c>e^(c x) k(d)</c>, c = 0 or 1.
/// </summary>
/// <param name="estimate">k.</param>
/// <param name="isCorrected">Whether the ratio multiplies it.</param>
/// <typeparam name="T">The lane.</typeparam>
/// <typeparam name="TEstimate">The estimate.</typeparam>
public readonly struct ReferenceKl<T, TEstimate>(TEstimate estimate, bool isCorrected) : ITokenFormula<T>
    where T : struct, ILane<T>
    where TEstimate : struct, IKlEstimate<T>
{
    private readonly T _correction = T.Constant(isCorrected ? 1 : 0);

    public T Value(in Token<T> token) => T.Exp(_correction * token.LogRatio) * estimate.Of(token.ReferenceLogRatio);
}
