namespace FastAlign.Alignment;

/// <summary>How much two quantities rise together, in [-1, 1].</summary>
public static class Correlation
{
    /// <summary>Pearson's <c>rho = sum (x - mean x)(y - mean y) / (|x - mean x| |y - mean y|)</c>; NaN where x or y is constant.</summary>
    public static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Moments(x, y).Rho;

    /// <summary>Spearman's: Pearson's of the ranks, equal values sharing the mean of theirs.</summary>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Pearson(Ranks(x), Ranks(y));

    /// <summary>Adds <c>scale drho/dx_i = scale ((y_i - mean y) / |y| - rho (x_i - mean x) / |x|) / |x|</c>; nothing where rho is not defined.</summary>
    internal static void AddGradient(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double scale, Span<double> dx)
    {
        (double rho, double meanX, double meanY, double normX, double normY) = Moments(x, y);
        if (normX == 0 || normY == 0)
        {
            return;
        }

        for (int i = 0; i < x.Length; i++)
        {
            dx[i] += scale * (((y[i] - meanY) / normY) - (rho * (x[i] - meanX) / normX)) / normX;
        }
    }

    private static (double Rho, double MeanX, double MeanY, double NormX, double NormY) Moments(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        (double sumX, double sumY) = (0, 0);
        for (int i = 0; i < x.Length; i++)
        {
            (sumX, sumY) = (sumX + x[i], sumY + y[i]);
        }

        (double meanX, double meanY) = (sumX / x.Length, sumY / x.Length);
        (double xx, double yy, double xy) = (0, 0, 0);
        for (int i = 0; i < x.Length; i++)
        {
            (double a, double b) = (x[i] - meanX, y[i] - meanY);
            (xx, yy, xy) = (xx + (a * a), yy + (b * b), xy + (a * b));
        }

        (double normX, double normY) = (Math.Sqrt(xx), Math.Sqrt(yy));
        return (normX == 0 || normY == 0 ? double.NaN : xy / (normX * normY), meanX, meanY, normX, normY);
    }

    /// <summary>Ranks from 1, the least first, equal values sharing the mean of theirs.</summary>
    internal static double[] Ranks(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, order);
        double[] ranks = new double[sorted.Length];
        for (int first = 0; first < sorted.Length;)
        {
            int end = first + 1;
            while (end < sorted.Length && sorted[end] == sorted[first])
            {
                end++;
            }

            for (int i = first; i < end; i++)
            {
                ranks[order[i]] = (first + end + 1) / 2.0;
            }

            first = end;
        }

        return ranks;
    }
}
