namespace FastAlign.Kernels;

/// <summary>Another formula on scores per token: <c>s_c / n_c</c> and <c>s_r / n_r</c> in place of <c>s_c</c> and <c>s_r</c>. Log-ratios stay sums.</summary>
/// <typeparam name="TFormula">The other formula.</typeparam>
/// <typeparam name="T">The lane.</typeparam>
public readonly struct PerToken<TFormula, T>(TFormula formula) : IScoreFormula<T>
    where TFormula : struct, IScoreFormula<T>
    where T : struct, ILane<T>
{
    public T Loss(in Pair<T> pair) => formula.Loss(pair with
    {
        ChosenScore = pair.ChosenScore / pair.ChosenTokens,
        RejectedScore = pair.RejectedScore / pair.RejectedTokens,
    });
}
