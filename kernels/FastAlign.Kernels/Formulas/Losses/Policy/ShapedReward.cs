namespace FastAlign.Kernels;

/// <summary>Token reward minus the price of its KL: <c>r - coefficient k</c> (Stiennon et al., 2020; Ouyang et al., 2022).</summary>
/// <param name="coefficient">Price of a nat, at least 0.</param>
public readonly struct ShapedReward<T>(double coefficient)
    where T : struct, ILane<T>
{
    private readonly T _coefficient = T.Constant(coefficient);

    /// <param name="reward">r, in its own unit.</param>
    /// <param name="kl">k, an estimate of KL(pi, ref) at the token or the KL itself, nats.</param>
    public T Of(T reward, T kl) => reward - (_coefficient * kl);
}
