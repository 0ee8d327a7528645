namespace FastAlign.Alignment;

/// <summary>Statistics of the values that are numbers: NaN stands for "not scored". NaN if there are too few.</summary>
public static class NanStatistics
{
    public static int Count(ReadOnlySpan<double> values)
    {
        int count = 0;
        foreach (double value in values)
        {
            count += double.IsNaN(value) ? 0 : 1;
        }

        return count;
    }

    /// <summary>Arithmetic mean; NaN of none.</summary>
    public static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += double.IsNaN(value) ? 0 : value;
        }

        return sum / Count(values);
    }

    /// <summary>Root of the unbiased variance; NaN of fewer than two.</summary>
    public static double Deviation(ReadOnlySpan<double> values)
    {
        double mean = Mean(values);
        double squares = 0;
        foreach (double value in values)
        {
            squares += double.IsNaN(value) ? 0 : (value - mean) * (value - mean);
        }

        int count = Count(values);
        return count < 2 ? double.NaN : Math.Sqrt(squares / (count - 1));
    }

    /// <summary>Least value; NaN of none.</summary>
    public static double Min(ReadOnlySpan<double> values)
    {
        double least = double.NaN;
        foreach (double value in values)
        {
            least = double.IsNaN(least) || value < least ? value : least;
        }

        return least;
    }

    /// <summary>Largest value; NaN of none.</summary>
    public static double Max(ReadOnlySpan<double> values)
    {
        double most = double.NaN;
        foreach (double value in values)
        {
            most = double.IsNaN(most) || value > most ? value : most;
        }

        return most;
    }
}
