namespace FastAlign.Kernels;

/// <summary>
/// <c>1 - sigmoid(beta (h - z))</c> for a desirable completion, <c>1 - sigmoid(beta (z - h))</c> for an undesirable one, z the baseline: an estimate of
/// KL(pi, ref) in nats for KTO (Ethayarajh et al., 2024, equation 8), 0 for APO-zero (D'Oosterlinck et al., 2024). 1/2 at h = z.
/// </summary>
/// <param name="beta">Inverse temperature.</param>
public readonly struct ProspectSequence<T>(double beta) : ISequenceFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _beta = T.Constant(beta);

    public T Loss(in Sequence<T> sequence) => T.Sigmoid(-(sequence.Sign * _beta * (sequence.LogRatio - sequence.Baseline)));
}
