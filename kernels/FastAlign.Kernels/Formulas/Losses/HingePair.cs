namespace FastAlign.Kernels;

/// <summary>
/// <c>max(0, t - (scale (s_c - s_r) - k m))</c>, m the pair's margin; slope 0 at the kink. RSO and SLiC as a preference loss (Liu et al., 2024)
/// at t = 1; SLiC-HF's calibration loss on log-probs (Zhao et al., 2023) at scale 1.
/// </summary>
/// <param name="scale">Factor of the score difference: beta.</param>
/// <param name="target">t, the difference beyond which a pair is done.</param>
/// <param name="marginScale">k.</param>
public readonly struct HingePair<T>(double scale, double target = 1, double marginScale = 0) : IScoreFormula<T>
    where T : struct, ILane<T>
{
    private readonly T _scale = T.Constant(scale);
    private readonly T _target = T.Constant(target);
    private readonly T _marginScale = T.Constant(marginScale);

    public T Loss(in Pair<T> pair) =>
        StableForms.Relu(_target - ((_scale * pair.ScoreDifference) - (_marginScale * pair.Margin)));
}
