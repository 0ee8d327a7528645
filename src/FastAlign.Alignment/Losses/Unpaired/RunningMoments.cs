using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>
/// Mean and variance of all values added so far, batch by batch (Chan, Golub and LeVeque, 1979). Starts at mean 0, variance 1 and a weight of 1e-24, as in
/// TRL, which the first batch outweighs.
/// </summary>
public sealed class RunningMoments
{
    private const double StartWeight = 1e-24;
    private const int Numbers = 4;

    public double Mean { get; private set; }

    /// <summary>Population variance.</summary>
    public double Variance { get; private set; } = 1;

    /// <summary>Values added, and the weight of the start.</summary>
    public double Count { get; private set; } = StartWeight;

    /// <summary>Square root of the unbiased variance; 1 until there are two values.</summary>
    public double Deviation { get; private set; } = 1;

    /// <summary>The four numbers, for a checkpoint.</summary>
    public double[] Save() => [Mean, Variance, Count, Deviation];

    /// <summary>Continues from what <see cref="Save"/> gave.</summary>
    /// <exception cref="InputException">Not four numbers.</exception>
    public void Restore(IReadOnlyList<double> saved)
    {
        if (saved.Count != Numbers)
        {
            throw new InputException($"running moments: expected {Numbers} numbers, found {saved.Count}");
        }

        (Mean, Variance, Count, Deviation) = (saved[0], saved[1], saved[2], saved[3]);
    }

    /// <summary>Adds a batch; an empty one changes nothing.</summary>
    public void Add(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        double mean = 0;
        foreach (double value in values)
        {
            mean += value;
        }

        mean /= values.Length;
        double squares = 0;
        foreach (double value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        double shift = mean - Mean;
        double total = Count + values.Length;
        squares += (Variance * Count) + (shift * shift * Count * values.Length / total);
        Mean += shift * values.Length / total;
        Variance = squares / total;
        Deviation = total > 1 ? Math.Sqrt(squares / (total - 1)) : Deviation;
        Count = total;
    }
}
