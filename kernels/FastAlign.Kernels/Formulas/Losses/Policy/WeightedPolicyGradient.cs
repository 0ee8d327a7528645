namespace FastAlign.Kernels;

/// <summary>
/// <c>-sg(clip(rho, least, most)) A log pi</c>: CISPO (MiniMax-M1, 2025, equations 4 and 5). A ratio beyond the clip still has a gradient, unlike in
/// <see cref="ClippedRatio{T}"/>.
/// </summary>
/// <param name="least">Smallest weight, at least 0.</param>
/// <param name="most">Largest weight.</param>
public readonly struct WeightedPolicyGradient<T>(double least, double most) : ITokenFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _least = T.Constant(least);
    private readonly T _most = T.Constant(most);

    public T Value(in Token<T> token)
    {
        T weight = T.Min(T.Max(T.Exp(token.LogRatio), _least), _most);
        return -(T.Detach(weight) * token.Advantage * token.LogProb);
    }
}
