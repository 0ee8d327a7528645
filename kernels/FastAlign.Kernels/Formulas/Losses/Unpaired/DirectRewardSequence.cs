namespace FastAlign.Kernels;

/// <summary>
/// <c>(r - V - tau h)^2 / (2 tau)</c>, V the baseline: the policy's half of DRO (Richemond et al., 2024, equations 4 and 8, with the paper's rescaling by
/// 1/tau), whose derivative by h is <c>-(r - V) + tau h</c>. The other half is <see cref="DirectRewardValue{T}"/>.
/// </summary>
/// <param name="tau">Strength of the pull towards the reference, in units of reward per nat, above 0.</param>
public readonly struct DirectRewardSequence<T>(double tau) : ISequenceFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _tau = T.Constant(tau);
    private readonly T _scale = T.Constant(1 / (2 * tau));

    public T Loss(in Sequence<T> sequence)
    {
        T residual = sequence.Reward - sequence.Baseline - (_tau * sequence.LogRatio);
        return _scale * residual * residual;
    }
}
