namespace FastAlign.Kernels;

/// <summary>
/// <c>-beta log sigmoid(o)</c>, <c>o = (c - r) - (log(1 - e^c) - log(1 - e^r))</c>, where c and r are mean log-probs of a token, below 0: the odds ratio of ORPO (Hong
/// et al., 2024, equations 6 and 7). The logarithms of 1 - p keep their digits at both ends; o is infinite where a side has probability 1.
/// </summary>
/// <param name="beta">Weight of the odds part (lambda in the paper).</param>
public readonly struct OddsPair<T>(double beta) : IScoreFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _beta = T.Constant(beta);

    public T Loss(in Pair<T> pair) => _beta * T.Softplus(-LogOdds(pair.ChosenScore, pair.RejectedScore));

    /// <summary>o: log odds of the chosen side less those of the rejected one.</summary>
    public static T LogOdds(T chosen, T rejected) => (chosen - rejected) - (StableForms.Log1mExp(chosen) - StableForms.Log1mExp(rejected));
}
