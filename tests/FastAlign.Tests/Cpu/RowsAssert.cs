using Xunit;

namespace FastAlign.Tests.Cpu;

internal static class RowsAssert
{
    /// <summary>Half an ulp of 1: one rounding of a float.</summary>
    public const double Rounding = 5.9604644775390625e-8;

    /// <summary>Every element within <paramref name="roundings"/> roundings of its magnitude or of <paramref name="scale"/>, whichever is larger.</summary>
    public static void Close(ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, double roundings, double scale = 0)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            double allowed = roundings * Rounding * Math.Max(Math.Abs(expected[i]), scale);
            if (!(Math.Abs(expected[i] - actual[i]) <= allowed))
            {
                Assert.Fail($"[{i}]: expected {expected[i]:R}, got {actual[i]:R}, allowed {allowed:R}");
            }
        }
    }

    /// <summary>Equal bit for bit.</summary>
    public static void Same(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
            {
                Assert.Fail($"[{i}]: expected {expected[i]:R}, got {actual[i]:R}");
            }
        }
    }
}
