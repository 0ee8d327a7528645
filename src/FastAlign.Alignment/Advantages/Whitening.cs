namespace FastAlign.Alignment;

/// <summary>What becomes of the mean.</summary>
public enum WhitenedMean
{
    /// <summary>It becomes 0.</summary>
    Zero,

    /// <summary>It stays: for rewards, whose sign means something.</summary>
    Kept,
}

/// <summary>Whitening over a batch: <c>(x - mean) / sqrt(var + 1e-8)</c>, var with n - 1 below, over what the mask keeps.</summary>
public static class Whitening
{
    private const double Epsilon = 1e-8;

    /// <summary>Mean of the values that the mask keeps.</summary>
    /// <param name="values">[R]</param>
    /// <param name="mask">[R] weights 0 or 1, or empty for all.</param>
    public static double Mean(ReadOnlySpan<double> values, ReadOnlySpan<double> mask)
    {
        double sum = 0;
        double count = 0;
        for (int t = 0; t < values.Length; t++)
        {
            double weight = mask.IsEmpty ? 1 : mask[t];
            sum += weight == 0 ? 0 : weight * values[t];
            count += weight;
        }

        return sum / count;
    }

    /// <summary>Variance of the values that the mask keeps, divided by n - 1 or by n. Of a single value by n - 1: NaN.</summary>
    public static double Variance(ReadOnlySpan<double> values, ReadOnlySpan<double> mask, bool isUnbiased = true)
    {
        double mean = Mean(values, mask);
        double sum = 0;
        double count = 0;
        for (int t = 0; t < values.Length; t++)
        {
            double weight = mask.IsEmpty ? 1 : mask[t];
            sum += weight == 0 ? 0 : weight * (values[t] - mean) * (values[t] - mean);
            count += weight;
        }

        return sum / (isUnbiased ? count - 1 : count);
    }

    /// <summary>Whitens in place, masked values too. A single value only loses its mean: it has no variance.</summary>
    /// <param name="values">[R]</param>
    /// <param name="mask">[R] what mean and variance are taken over, or empty for all.</param>
    /// <param name="mean">Whether the mean goes.</param>
    public static void Apply(Span<double> values, ReadOnlySpan<double> mask, WhitenedMean mean)
    {
        double centre = Mean(values, mask);
        double variance = Variance(values, mask);
        double scale = double.IsFinite(variance) ? 1 / Math.Sqrt(variance + Epsilon) : 1;
        foreach (ref double value in values)
        {
            value = ((value - centre) * scale) + (mean == WhitenedMean.Kept ? centre : 0);
        }
    }
}
