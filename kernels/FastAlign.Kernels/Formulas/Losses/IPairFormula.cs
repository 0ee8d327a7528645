namespace FastAlign.Kernels;

/// <summary>
/// The loss of one pair, as a pure function; nothing else of a paired loss is particular to it. Implementations are small structs that hold their
/// options as lanes. On <see cref="Dual{T}"/> the same code gives the derivatives.
/// </summary>
public interface IPairFormula<T>
    where T : struct, ILane<T>
{
    /// <summary>Loss of the pair, not yet divided by the number of pairs.</summary>
    T Loss(in Pair<T> pair);
}
