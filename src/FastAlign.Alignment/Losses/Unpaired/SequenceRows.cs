namespace FastAlign.Alignment;

/// <summary>The rows of a sequence taken together.</summary>
internal static class SequenceRows
{
    /// <summary>First sequence of an example.</summary>
    public static int First(in LossInputs inputs, int example) => inputs.ExampleStarts.IsEmpty ? example : inputs.ExampleStarts[example];

    /// <summary>Entry of a column, or what counts where the column is absent.</summary>
    public static double Of(ReadOnlySpan<double> column, int index, double otherwise) => column.IsEmpty ? otherwise : column[index];

    /// <summary><c>sum_t w_t values_t</c>, in ascending order; rows of weight 0 take no part whatever they hold. 0 without values.</summary>
    public static double Sum(in LossInputs inputs, ReadOnlySpan<double> values, int sequence)
    {
        double sum = 0;
        int end = values.IsEmpty ? 0 : inputs.RowStarts[sequence + 1];
        for (int t = inputs.RowStarts[sequence]; t < end; t++)
        {
            double weight = inputs.Weight.IsEmpty ? 1 : inputs.Weight[t];
            sum += weight == 0 ? 0 : weight * values[t];
        }

        return sum;
    }

    /// <summary><c>dLogp_t = w_t dSum</c></summary>
    public static void Spread(in LossInputs inputs, int sequence, double dSum, Span<double> dLogProb)
    {
        for (int t = inputs.RowStarts[sequence]; t < inputs.RowStarts[sequence + 1]; t++)
        {
            dLogProb[t] = inputs.Weight.IsEmpty ? dSum : inputs.Weight[t] * dSum;
        }
    }
}
