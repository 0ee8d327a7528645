namespace FastAlign.Kernels;

/// <summary>
/// <c>(scale (s_c - s_r) - k m - t)^2</c>, m the pair's margin: regression of the log-ratio difference to a target. IPO (Azar et al., 2024, equation 17) at
/// scale 1, <c>t = 1/(2 beta)</c>; also REBEL, INPO, ONPO, EGPO and Sr-IPO, see the catalogue.
/// </summary>
/// <param name="scale">Factor of the score difference.</param>
/// <param name="target">t, the same for every pair.</param>
/// <param name="marginScale">k, factor of the pair's own target.</param>
public readonly struct SquaredPair<T>(double scale, double target, double marginScale = 0) : IScoreFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _scale = T.Constant(scale);
    private readonly T _target = T.Constant(target);
    private readonly T _marginScale = T.Constant(marginScale);

    public T Loss(in Pair<T> pair)
    {
        T residual = (_scale * pair.ScoreDifference) - (_marginScale * pair.Margin) - _target;
        return residual * residual;
    }
}
