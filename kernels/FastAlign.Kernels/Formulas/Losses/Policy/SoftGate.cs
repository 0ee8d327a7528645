namespace FastAlign.Kernels;

/// <summary>
/// <c>-(4 / tau) sigmoid(tau (rho - 1)) A</c>: SAPO (Gao et al., 2025), a clip without an edge; tau is one number where A > 0 and another elsewhere. The
/// slope at rho = 1 is that of <c>-rho A</c>.
/// </summary>
/// <param name="positive">tau where A > 0, above 0.</param>
/// <param name="negative">tau elsewhere, above 0.</param>
public readonly struct SoftGate<T>(double positive, double negative) : ITokenFormula<T>
    where T : struct, ILane<T>
{
    // The sigmoid's slope at 0 is 1 / 4.
    private const double InverseSlope = 4;

    private readonly T _positive = T.Constant(positive);
    private readonly T _negative = T.Constant(negative);

    public T Value(in Token<T> token)
    {
        T tau = T.IfLess(T.Constant(0), token.Advantage, _positive, _negative);
        T gate = T.Sigmoid(tau * (T.Exp(token.LogRatio) - T.Constant(1)));
        return -(gate * T.Constant(InverseSlope) / tau * token.Advantage);
    }
}
