namespace FastAlign.Kernels;

/// <summary>
/// One backward step of generalised advantage estimation: <c>A_t = delta_t + gamma lambda A_(t+1)</c>, <c>delta_t = r_t + gamma V_(t+1) - V_t</c> (Schulman
/// et al., 2016, equations 11 and 16).
/// </summary>
/// <param name="gamma">Discount, in [0, 1].</param>
/// <param name="lambda">In [0, 1]: 0 trusts the values, 1 the returns.</param>
public readonly struct AdvantageStep<T>(double gamma, double lambda)
    where T : struct, ILane<T>
{
    private readonly T _gamma = T.Constant(gamma);
    private readonly T _decay = T.Constant(gamma * lambda);

    /// <param name="reward">r_t.</param>
    /// <param name="value">V_t.</param>
    /// <param name="nextValue">V_(t+1); 0 after the end.</param>
    /// <param name="nextAdvantage">A_(t+1); 0 after the end.</param>
    public T Advantage(T reward, T value, T nextValue, T nextAdvantage) => reward + (_gamma * nextValue) - value + (_decay * nextAdvantage);
}
