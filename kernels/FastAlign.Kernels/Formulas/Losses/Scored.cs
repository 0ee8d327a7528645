namespace FastAlign.Kernels;

/// <summary>Another formula under a divergence: <c>s(s_c)</c> and <c>s(s_r)</c> in place of <c>s_c</c> and <c>s_r</c>. Log-ratios stay as they are.</summary>
/// <typeparam name="TScore">The divergence.</typeparam>
/// <typeparam name="TFormula">The other formula. <see cref="PerToken{TFormula, T}"/> divides scores by lengths, not log-ratios.</typeparam>
/// <typeparam name="T">The lane.</typeparam>
public readonly struct Scored<TScore, TFormula, T>(TScore score, TFormula formula) : IPairFormula<T>
    where TScore : struct, IScore<T>
    where TFormula : struct, IScoreFormula<T>
    where T : struct, ILane<T>
{
    public T Loss(in Pair<T> pair) => formula.Loss(pair with
    {
        ChosenScore = score.Of(pair.ChosenScore),
        RejectedScore = score.Of(pair.RejectedScore),
    });
}
