namespace FastAlign.Kernels;

/// <summary>
/// <c>-log sigmoid(beta h - delta)</c> for a desirable completion, <c>-log sigmoid(delta - beta h)</c> for an undesirable one; delta, the baseline, is
/// the running mean of the rewards <c>beta h</c> (BCO: Jung et al., 2024, equation 9). ln 2 at beta h = delta.
/// </summary>
/// <param name="beta">Inverse temperature.</param>
public readonly struct BinaryClassifierSequence<T>(double beta) : ISequenceFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _beta = T.Constant(beta);

    public T Loss(in Sequence<T> sequence) => T.Softplus(-(sequence.Sign * ((_beta * sequence.LogRatio) - sequence.Baseline)));
}
