namespace FastAlign.Kernels;

/// <summary>
/// <c>-p log sigmoid(x) - (1-p) log sigmoid(-x)</c>, <c>x = beta (s_c - s_r)</c>, <c>p = sigmoid(gamma m)</c>, m the pair's margin: the preference as likely as the quality gap
/// makes it (MMPO: Kim et al., 2024). An infinite margin gives DPO bit for bit. With gamma = 1 and m the difference of expected win rates it is
/// DNO's regression to the Nash policy (Rosset et al., 2024), with beta for its eta.
/// </summary>
/// <param name="beta">Inverse temperature.</param>
/// <param name="gamma">Preference nats per unit of margin, above 0.</param>
public readonly struct MarginMatchingPair<T>(double beta, double gamma) : IScoreFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _beta = T.Constant(beta);
    private readonly T _gamma = T.Constant(gamma);

    public T Loss(in Pair<T> pair)
    {
        T x = _beta * pair.ScoreDifference;
        return T.Softplus(-x) + StableForms.Share(T.Sigmoid(-(_gamma * pair.Margin)), x);
    }
}
