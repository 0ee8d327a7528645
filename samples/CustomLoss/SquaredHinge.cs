using FastAlign.Kernels;

namespace CustomLoss;

/// <summary><c>max(0, 1 - beta h)^2</c> for a good completion, <c>max(0, 1 + beta h)^2</c> for a bad one: stops pushing once they are 1/beta nats apart from the reference.</summary>
internal readonly struct SquaredHinge<T>(double beta) : ISequenceFormula<T>
    where T : struct, ILane<T>
{
    public T Loss(in Sequence<T> sequence)
    {
        T gap = T.Max(T.Constant(0), T.Constant(1) - (sequence.Sign * T.Constant(beta) * sequence.LogRatio));
        return gap * gap;
    }
}
