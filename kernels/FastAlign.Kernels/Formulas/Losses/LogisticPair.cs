namespace FastAlign.Kernels;

/// <summary>
/// <c>p (-(1-e) log sigmoid(x) - e log sigmoid(-x)) + (1-p) (the same at -x)</c>, <c>x = beta (s_c - s_r) - o - k m</c>, with p the pair's label and m its
/// margin. Plain DPO (Rafailov et al., 2023, equation 7) at e = o = k = 0 and p = 1: ln 2 at x = 0.
/// </summary>
/// <param name="beta">Inverse temperature.</param>
/// <param name="smoothing">
/// e. In [0, 0.5) label smoothing (cDPO: Mitchell, 2023); <c>-f / (1 - 2f)</c> gives robust DPO, unbiased under a share f of flipped labels
/// (Chowdhury et al., 2024).
/// </param>
/// <param name="offset">o, the margin every pair should reach (SimPO's gamma: Meng et al., 2024, equation 6).</param>
/// <param name="marginScale">k, how much of the pair's own margin it should reach beyond that (DPO with an offset: Amini et al., 2024).</param>
public readonly struct LogisticPair<T>(double beta, double smoothing = 0, double offset = 0, double marginScale = 0) : IScoreFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _beta = T.Constant(beta);
    private readonly T _smoothing = T.Constant(smoothing);
    private readonly T _mislabelled = T.Constant(1 - (2 * smoothing));
    private readonly T _offset = T.Constant(offset);
    private readonly T _marginScale = T.Constant(marginScale);

    public T Loss(in Pair<T> pair)
    {
        T x = (_beta * pair.ScoreDifference) - _offset - (_marginScale * pair.Margin);

        // softplus(x) = softplus(-x) + x: all four terms are one softplus and a share of x, the probability that the label is wrong.
        T flipped = _smoothing + ((T.Constant(1) - pair.Label) * _mislabelled);
        return T.Softplus(-x) + StableForms.Share(flipped, x);
    }
}
