namespace FastAlign.Kernels;

/// <summary>
/// <c>s = (1 - e^min(-a x, cap)) / a</c>: the score of a log-ratio x under an alpha-divergence (f-DPO: Wang et al., 2024, table 1, up to a constant); a = 1 is
/// forward KL, a to 0 is x itself. On log-probs it is AlphaPO's reward (Gupta et al., 2025).
/// </summary>
/// <param name="alpha">a, not 0.</param>
/// <param name="cap">Largest exponent; the score is flat beyond. Infinity for none: then <c>-a x</c> above 88.7 overflows in float.</param>
public readonly struct PowerScore<T>(double alpha, double cap) : IScore<T>
    where T : struct, ILane<T>
{
    private readonly T _power = T.Constant(-alpha);
    private readonly T _cap = T.Constant(cap);

    public T Of(T ratio) => T.Expm1(T.Min(_power * ratio, _cap)) / _power;
}
