namespace FastAlign.Kernels;

/// <summary>
/// <c>-p log sigmoid(alpha (c - b r)) - (1-p) log sigmoid(alpha (r - b c))</c>, p the pair's label: contrastive preference learning (CPL: Hejna et al., 2024), with
/// its conservative bias, on sums of log-probs or of log-ratios over a segment. Not 0-centred for b below 1.
/// </summary>
/// <param name="alpha">Temperature of the regret, above 0.</param>
/// <param name="bias">b, in (0, 1]: below 1 keeps the preferred segment likely.</param>
public readonly struct ContrastivePair<T>(double alpha, double bias) : IPairFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _alpha = T.Constant(alpha);
    private readonly T _bias = T.Constant(bias);

    public T Loss(in Pair<T> pair)
    {
        T forward = T.Softplus(-(_alpha * (pair.ChosenRatio - (_bias * pair.RejectedRatio))));
        T backward = T.Softplus(-(_alpha * (pair.RejectedRatio - (_bias * pair.ChosenRatio))));
        return StableForms.Share(pair.Label, forward) + StableForms.Share(T.Constant(1) - pair.Label, backward);
    }
}
