namespace FastAlign.Kernels;

/// <summary>
/// A pure function of one token: a policy loss, a KL term, a clipped log-ratio. Implementations are small structs that hold their options as lanes. On
/// <see cref="Dual{T}"/> the same code gives the derivatives.
/// </summary>
public interface ITokenFormula<T>
    where T : struct, ILane<T>
{
    /// <summary>Value of the token, before masks, weights and the normaliser.</summary>
    T Value(in Token<T> token);
}
