namespace FastAlign.Kernels;

/// <summary><c>-A log pi</c>: REINFORCE (Williams, 1992), GPG (Chu et al., 2025). Its gradient is that of <c>-rho A</c> at rho = 1.</summary>
public readonly struct PolicyGradient<T> : ITokenFormula<T>
    where T : struct, ILane<T>
{
    public T Value(in Token<T> token) => -(token.Advantage * token.LogProb);
}
