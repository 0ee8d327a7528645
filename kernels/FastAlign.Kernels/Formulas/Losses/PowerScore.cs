namespace FastAlign.Kernels;

/// <summary>
/// <c>s = (e^min(k x, cap) - 1) / k</c>: the score of a log-ratio x under an alpha-divergence, k = alpha - 1 (f-DPO: Wang et al., 2024, table 1, up to a
/// constant); k = -1 is forward KL, k to 0 is x itself. On log-probs, k = -alpha, it is AlphaPO's reward (Gupta et al., 2025).
/// </summary>
/// <param name="power">k, not 0.</param>
/// <param name="cap">Largest exponent; the score is flat beyond. Infinity for none.</param>
public readonly struct PowerScore<T>(double power, double cap) : IMap1<T>
    where T : struct, ILane<T>
{
    private readonly T _power = T.Constant(power);
    private readonly T _cap = T.Constant(cap);

    public T Apply(T x) => T.Expm1(T.Min(_power * x, _cap)) / _power;
}
