namespace FastAlign.Kernels;

/// <summary>
/// <c>(r - V - tau h)^2 / 2</c> as a function of V: the value network's half of DRO (Richemond et al., 2024, equation 7), whose derivative is
/// <c>V - r + tau h</c>.
/// </summary>
/// <param name="tau">As in <see cref="DirectRewardSequence{T}"/>.</param>
public readonly struct DirectRewardValue<T>(double tau)
    where T : struct, ILane<T>
{
    private const double Half = 0.5;

    private readonly T _tau = T.Constant(tau);

    /// <param name="value">V, the value of the prompt, in units of reward; differentiated.</param>
    /// <param name="reward">r.</param>
    /// <param name="logRatio">h, nats.</param>
    public T Loss(T value, T reward, T logRatio)
    {
        T residual = reward - value - (_tau * logRatio);
        return T.Constant(Half) * residual * residual;
    }
}
