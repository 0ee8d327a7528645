namespace FastAlign.Kernels;

/// <summary>
/// <c>-sg(c) r h</c>: policy gradient of a contextual bandit on feedback to recorded actions (Suhr and Artzi, 2023). Here h is the log-ratio to the policy
/// that acted. c is 1 where r >= 0 and the importance weight <c>min(e^h, bound)</c> where r &lt; 0: an action that has become improbable is not pushed
/// down further, which would have no end. 0 at h = 0.
/// </summary>
/// <param name="bound">Largest importance weight, above 0.</param>
public readonly struct FeedbackSequence<T>(double bound) : ISequenceFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _bound = T.Constant(bound);

    public T Loss(in Sequence<T> sequence)
    {
        T weight = T.IfLess(sequence.Reward, T.Constant(0), T.Min(T.Exp(sequence.LogRatio), _bound), T.Constant(1));
        return -(T.Detach(weight) * sequence.Reward * sequence.LogRatio);
    }
}
