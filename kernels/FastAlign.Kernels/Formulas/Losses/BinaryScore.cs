namespace FastAlign.Kernels;

/// <summary>
/// <c>-w y log sigmoid(s) - (1 - y) log sigmoid(-s)</c>: binary cross-entropy of a score s against a label y in [0, 1]; ln 2 at s = 0 and w = 1.
/// A head on rare events (user reactions: Han et al., RLUF, 2025) weighs the positive ones by w.
/// </summary>
/// <param name="positiveWeight">w, above 0.</param>
public readonly struct BinaryScore<T>(double positiveWeight)
    where T : struct, ILane<T>
{
    private readonly T _positiveWeight = T.Constant(positiveWeight);

    /// <summary>Loss of one score.</summary>
    /// <param name="score">s.</param>
    /// <param name="label">y.</param>
    public T Loss(T score, T label) =>
        (_positiveWeight * label * T.Softplus(-score)) + ((T.Constant(1) - label) * T.Softplus(score));
}
