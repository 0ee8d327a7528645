namespace FastAlign.Kernels;

/// <summary>
/// The loss of one completion that is judged by itself, as a pure function. Implementations are small structs that hold their options as lanes. On
/// <see cref="Dual{T}"/> the same code gives the derivative.
/// </summary>
public interface ISequenceFormula<T>
    where T : struct, ILane<T>
{
    /// <summary>Loss of the completion, not yet weighted nor divided by the number of completions.</summary>
    T Loss(in Sequence<T> sequence);
}
