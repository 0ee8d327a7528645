namespace FastAlign.Kernels;

/// <summary><c>-sg(phi(w)) A log pi</c>: VESPO (2026), phi of <see cref="GammaWeight{T}"/>.</summary>
/// <param name="weight">phi.</param>
public readonly struct GammaWeightedPolicyGradient<T>(GammaWeight<T> weight) : ITokenFormula<T>
    where T : struct, ILane<T>
{
    public T Value(in Token<T> token) => -(T.Detach(weight.Value(token)) * token.Advantage * token.LogProb);
}
