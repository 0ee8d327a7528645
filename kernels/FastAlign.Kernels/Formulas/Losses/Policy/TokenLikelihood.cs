namespace FastAlign.Kernels;

/// <summary><c>-log pi</c>: supervised fine-tuning.</summary>
public readonly struct NegativeLogLikelihood<T> : ITokenFormula<T>
    where T : struct, ILane<T>
{
    public T Value(in Token<T> token) => -token.LogProb;
}

/// <summary>
/// <c>-sg(pi) log pi</c>: dynamic fine-tuning (Wu et al., 2025, equation 9). Read as a policy gradient, NLL has the reward 1 / pi; the factor takes it away.
/// </summary>
public readonly struct DynamicFineTuning<T> : ITokenFormula<T>
    where T : struct, ILane<T>
{
    public T Value(in Token<T> token) => -(T.Detach(T.Exp(token.LogProb)) * token.LogProb);
}
