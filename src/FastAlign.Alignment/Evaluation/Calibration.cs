namespace FastAlign.Alignment;

/// <summary>Whether stated probabilities come true.</summary>
public static class Calibration
{
    /// <summary>Bins of equal width, as usual.</summary>
    public const int DefaultBins = 15;

    /// <summary>
    /// Expected calibration error <c>sum_b n_b / N |mean_b y - mean_b p|</c> over bins of equal width, each closed on the left; p = 1 has a bin of its own,
    /// as in torchmetrics. In [0, 1]; NaN without values. Sources: Naeini et al., AAAI 2015; Guo et al., ICML 2017.
    /// </summary>
    /// <param name="p">Stated probabilities, in [0, 1].</param>
    /// <param name="y">What came true: 1 or 0.</param>
    /// <param name="bins">At least 1.</param>
    public static double ExpectedError(ReadOnlySpan<double> p, ReadOnlySpan<double> y, int bins = DefaultBins)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bins);
        double[] gaps = new double[bins + 1];
        for (int i = 0; i < p.Length; i++)
        {
            gaps[BinOf(p[i], bins)] += y[i] - p[i];
        }

        double sum = 0;
        foreach (double gap in gaps)
        {
            sum += Math.Abs(gap);
        }

        return sum / p.Length;
    }

    /// <summary>
    /// Of a preference model: it prefers one side of each pair with confidence <c>sigmoid(|margin|)</c>, at least 1/2, and is right if the margin is above 0.
    /// Folding the pairs so keeps the figure from depending on the order in which the data name the sides.
    /// </summary>
    /// <param name="margins">Score of the chosen side minus that of the rejected side.</param>
    /// <param name="bins">At least 1, over [0, 1].</param>
    public static double PairError(ReadOnlySpan<double> margins, int bins = DefaultBins)
    {
        double[] confidence = new double[margins.Length];
        double[] isRight = new double[margins.Length];
        for (int i = 0; i < margins.Length; i++)
        {
            confidence[i] = 1 / (1 + Math.Exp(-Math.Abs(margins[i])));
            isRight[i] = margins[i] > 0 ? 1 : 0;
        }

        return ExpectedError(confidence, isRight, bins);
    }

    /// <summary>Last edge at or below p. Edges count from the nearer end, as torch.linspace computes them.</summary>
    private static int BinOf(double p, int bins)
    {
        int bin = Math.Clamp((int)(p * bins) + 1, 0, bins);
        while (bin > 0 && Edge(bin, bins) > p)
        {
            bin--;
        }

        return bin;
    }

    private static double Edge(int index, int bins)
    {
        double step = 1.0 / bins;
        return index < (bins + 1) / 2 ? index * step : 1 - ((bins - index) * step);
    }
}
