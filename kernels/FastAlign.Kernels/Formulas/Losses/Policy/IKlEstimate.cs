namespace FastAlign.Kernels;

/// <summary>
/// An estimate of KL(pi, ref) from one sampled token, in nats (Schulman, "Approximating KL divergence", 2020). Serves the KL term of a loss and the KL
/// part of a token reward.
/// </summary>
public interface IKlEstimate<T>
    where T : struct, ILane<T>
{
    /// <param name="logRatio"><c>d = log pi - log ref</c> of the sampled token.</param>
    T Of(T logRatio);
}
