namespace FastAlign.Peers;

/// <summary>A few values of a long result: what two engines are compared by.</summary>
internal static class Samples
{
    private const int Count = 16;

    /// <summary>Values spread evenly over <paramref name="values"/>, the last among them, times <paramref name="scale"/>.</summary>
    public static double[] Of(ReadOnlySpan<float> values, double scale = 1)
    {
        double[] samples = new double[Math.Min(Count, values.Length)];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = values[(int)((i + 1L) * values.Length / samples.Length) - 1] * scale;
        }

        return samples;
    }
}
