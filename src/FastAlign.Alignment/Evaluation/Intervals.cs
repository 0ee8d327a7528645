using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Means with 95% confidence intervals, for tables of before and after. The values are independent draws: one per pair, not one per token.</summary>
public static class Intervals
{
    /// <summary>Resamples of a bootstrap: the ends of its interval then vary between seeds by a few percent of its width.</summary>
    public const int DefaultResamples = 2000;

    /// <summary>0.975 quantile of the standard normal distribution.</summary>
    private const double Quantile = 1.959963984540054;

    private const double Tail = 0.025;

    /// <summary>
    /// Wilson score interval of a share: <c>(p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)</c>. Stays inside [0, 1] and is never a point,
    /// not even at 0 or 1. Source: Wilson, JASA 22, 1927; Brown, Cai and DasGupta, Statistical Science 16, 2001.
    /// </summary>
    /// <param name="successes">In [0, <paramref name="count"/>].</param>
    /// <param name="count">Trials; without any, all figures are NaN.</param>
    public static Estimate Share(int successes, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, count);
        if (count == 0)
        {
            return new Estimate(double.NaN, double.NaN, double.NaN, 0);
        }

        double p = (double)successes / count;
        double scale = 1 / (1 + (Quantile * Quantile / count));
        double centre = (p + (Quantile * Quantile / (2.0 * count))) * scale;
        double half = Quantile * scale * Math.Sqrt((p * (1 - p) / count) + (Quantile * Quantile / (4.0 * count * count)));

        // At the ends the exact bound is 0 or 1; rounding would put it beside.
        return new Estimate(p, successes == 0 ? 0 : centre - half, successes == count ? 1 : centre + half, count);
    }

    /// <summary>
    /// Percentile bootstrap of the mean: the values are drawn with replacement, the interval holds the middle 95% of the resampled means. No assumption on
    /// the distribution; too narrow by about 1/n of its width, so of little worth below 10 values. Source: Efron, Annals of Statistics 7, 1979.
    /// </summary>
    /// <param name="values">One per independent unit, finite. The mean of none is NaN; the interval of fewer than two is NaN.</param>
    /// <param name="seed">Equal seeds give equal intervals.</param>
    /// <param name="resamples">Resamples, at least 1.</param>
    public static Estimate Mean(ReadOnlySpan<double> values, ulong seed, int resamples = DefaultResamples)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(resamples);
        int n = values.Length;
        double mean = MeanOf(values);
        if (n < 2)
        {
            return new Estimate(mean, double.NaN, double.NaN, n);
        }

        double[] means = new double[resamples];
        for (int b = 0; b < resamples; b++)
        {
            Philox draws = new(seed, RandomPurpose.Bootstrap, (ulong)b);
            double sum = 0;
            for (int i = 0; i < n; i++)
            {
                sum += values[draws.Integer((ulong)i, n)];
            }

            means[b] = sum / n;
        }

        Array.Sort(means);
        return new Estimate(mean, Percentile(means, Tail), Percentile(means, 1 - Tail), n);
    }

    /// <summary>
    /// Bootstrap of <c>mean(after - before)</c> over units measured twice: what units have in common cancels, so the interval is narrower than that of two
    /// separate means. An interval that leaves out 0 is a change at the 5% level.
    /// </summary>
    /// <param name="before">[P]</param>
    /// <param name="after">[P], same units in the same order.</param>
    /// <param name="seed">Equal seeds give equal intervals.</param>
    /// <param name="resamples">Resamples, at least 1.</param>
    public static Estimate PairedDifference(ReadOnlySpan<double> before, ReadOnlySpan<double> after, ulong seed, int resamples = DefaultResamples)
    {
        if (before.Length != after.Length)
        {
            throw new ArgumentException($"[paired difference] after: expected [{before.Length}], got [{after.Length}]", nameof(after));
        }

        double[] differences = new double[before.Length];
        for (int i = 0; i < differences.Length; i++)
        {
            differences[i] = after[i] - before[i];
        }

        return Mean(differences, seed, resamples);
    }

    /// <summary>Percentile bootstrap of any statistic of independent units, which are drawn with replacement.</summary>
    /// <param name="count">Units.</param>
    /// <param name="statistic">Its value for the units of these indices. Resamples for which it is NaN are left out.</param>
    /// <param name="seed">Equal seeds give equal intervals.</param>
    /// <param name="resamples">Resamples, at least 1.</param>
    public static Estimate Bootstrap(int count, Func<int[], double> statistic, ulong seed, int resamples = DefaultResamples)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(resamples);
        double value = statistic([.. Enumerable.Range(0, count)]);
        if (count < 2)
        {
            return new Estimate(value, double.NaN, double.NaN, count);
        }

        var values = new List<double>(resamples);
        int[] drawn = new int[count];
        for (int b = 0; b < resamples; b++)
        {
            Philox draws = new(seed, RandomPurpose.Bootstrap, (ulong)b);
            for (int i = 0; i < count; i++)
            {
                drawn[i] = draws.Integer((ulong)i, count);
            }

            double one = statistic(drawn);
            if (!double.IsNaN(one))
            {
                values.Add(one);
            }
        }

        double[] sorted = [.. values.Order()];
        return sorted.Length == 0
            ? new Estimate(value, double.NaN, double.NaN, count)
            : new Estimate(value, Percentile(sorted, Tail), Percentile(sorted, 1 - Tail), count);
    }

    private static double MeanOf(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return sum / values.Length;
    }

    /// <summary>Linear interpolation between order statistics, the default of R and NumPy (type 7 of Hyndman and Fan, 1996).</summary>
    private static double Percentile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((at - below) * (sorted[above] - sorted[below]));
    }
}
