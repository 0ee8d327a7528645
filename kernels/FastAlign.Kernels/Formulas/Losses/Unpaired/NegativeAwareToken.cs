namespace FastAlign.Kernels;

/// <summary>
/// <c>-[r log R + n (1 - r) log maxv((1 - q R) / (1 - q), eps)]</c>, <c>R = pi/old</c> of one token, r the reward of its answer in [0, 1], q the share of
/// right answers to its prompt; <c>maxv(x, eps) = x + sg(max(x, eps) - x)</c> has the value of the maximum and the slope of x. Negative-aware fine-tuning
/// (NFT: Chen et al., 2025, equation 10), before the weight of the prompt. 0 at R = 1.
/// </summary>
/// <remarks>log R is kept below 10 and has no slope above, as in the authors' code.</remarks>
/// <param name="epsilon">eps, in (0, 1]: least likelihood ratio of the implicit negative policy.</param>
/// <param name="negativeWeight">n, in [0, 1]: 0 is rejection fine-tuning.</param>
public readonly struct NegativeAwareToken<T>(double epsilon, double negativeWeight)
    where T : struct, ILane<T>
{
    private const double MostLogRatio = 10;

    private readonly T _epsilon = T.Constant(epsilon);
    private readonly T _negativeWeight = T.Constant(negativeWeight);

    /// <param name="logRatio">log R, nats; differentiated.</param>
    /// <param name="reward">r.</param>
    /// <param name="passRate">q, in (0, 1).</param>
    public T Loss(T logRatio, T reward, T passRate)
    {
        T one = T.Constant(1);
        T logR = T.Min(logRatio, T.Constant(MostLogRatio));
        T negative = (one - (passRate * T.Exp(logR))) / (one - passRate);
        T kept = T.Detach(T.Max(negative, _epsilon));

        // log maxv: the difference is 0 in value, so that no rounding of a large ratio reaches the logarithm, and brings the slope.
        T logKept = T.Log(kept) + ((negative - T.Detach(negative)) / kept);
        return -((reward * logR) + (_negativeWeight * (one - reward) * logKept));
    }
}
