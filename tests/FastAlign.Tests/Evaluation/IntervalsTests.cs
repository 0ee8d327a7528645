using FastAlign.Alignment;
using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Evaluation;

public sealed class IntervalsTests
{
    private const ulong Seed = 7;

    [Fact]
    public void Share_EightOfTen_MatchesWilson()
    {
        // (0.8 + 0.1921 -+ 1.96 sqrt(0.016 + 0.0096)) / 1.3841: the textbook interval 0.4902 to 0.9433.
        Estimate estimate = Intervals.Share(8, 10);

        Assert.Equal(0.8, estimate.Mean);
        Assert.Equal(0.4901625, estimate.Low, 1e-6);
        Assert.Equal(0.9433178, estimate.High, 1e-6);
    }

    [Fact]
    public void Share_NoneOrAll_IsNoPointAndInsideTheUnitInterval()
    {
        Estimate none = Intervals.Share(0, 20);
        Estimate all = Intervals.Share(20, 20);

        Assert.Equal(0, none.Low);
        Assert.Equal(1, all.High);
        Assert.Equal(none.High, 1 - all.Low, 1e-15);

        // z^2 / (n + z^2)
        Assert.Equal(0.161125, none.High, 1e-6);
    }

    [Theory]
    [InlineData(0.5, 40)]
    [InlineData(0.9, 60)]
    public void Share_SimulatedTrials_CoversTheTruthAtItsLevel(double truth, int count)
    {
        const int Runs = 2000;
        int covered = 0;
        for (int run = 0; run < Runs; run++)
        {
            Philox draws = new(Seed, RandomPurpose.Test, (ulong)run);
            int successes = 0;
            for (int i = 0; i < count; i++)
            {
                successes += draws.Uniform((ulong)i) < truth ? 1 : 0;
            }

            Estimate estimate = Intervals.Share(successes, count);
            covered += estimate.Low <= truth && truth <= estimate.High ? 1 : 0;
        }

        // Brown et al. (2001): coverage within 0.02 of 0.95 here; three standard errors of the simulation are 0.015.
        Assert.InRange((double)covered / Runs, 0.915, 0.985);
    }

    [Fact]
    public void Mean_SimulatedSkewedValues_CoversTheTruthAtItsLevel()
    {
        const int Runs = 300;
        const int Count = 60;
        int covered = 0;
        double[] values = new double[Count];
        for (int run = 0; run < Runs; run++)
        {
            Philox draws = new(Seed, RandomPurpose.Test, (ulong)run);
            for (int i = 0; i < Count; i++)
            {
                values[i] = -Math.Log(1 - draws.Uniform((ulong)i));
            }

            Estimate estimate = Intervals.Mean(values, (ulong)run, 300);
            covered += estimate.Low <= 1 && 1 <= estimate.High ? 1 : 0;
        }

        // Percentile bootstrap of an exponential mean at n = 60 covers about 0.935; three standard errors of the simulation are 0.04.
        Assert.InRange((double)covered / Runs, 0.895, 0.985);
    }

    [Fact]
    public void Mean_NormalValues_HasTheWidthOfTheNormalInterval()
    {
        const int Count = 400;
        Philox draws = new(Seed, RandomPurpose.Test, 0);
        double[] values = [.. Enumerable.Range(0, Count).Select(i => draws.Normal((ulong)i))];
        double mean = values.Average();
        double deviation = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / Count);

        Estimate estimate = Intervals.Mean(values, Seed);

        // Ends of 2000 resamples vary by about 3% of the half-width each: 10% is three of those.
        double half = 1.959964 * deviation / Math.Sqrt(Count);
        Assert.Equal(mean, estimate.Mean);
        Assert.Equal(mean - half, estimate.Low, 0.1 * half);
        Assert.Equal(mean + half, estimate.High, 0.1 * half);
    }

    [Fact]
    public void Mean_SameSeed_SameBits()
    {
        double[] values = [1, 4, 2, 8, 5, 7];

        Assert.Equal(Intervals.Mean(values, Seed), Intervals.Mean(values, Seed));
        Assert.NotEqual(Intervals.Mean(values, Seed), Intervals.Mean(values, Seed + 1));
    }

    [Fact]
    public void Mean_TooFewValues_HasNoInterval()
    {
        Assert.True(double.IsNaN(Intervals.Mean([], Seed).Mean));
        Assert.Equal(3, Intervals.Mean([3], Seed).Mean);
        Assert.True(double.IsNaN(Intervals.Mean([3], Seed).Low));
        Assert.True(double.IsNaN(Intervals.Share(0, 0).Mean));
    }

    [Fact]
    public void PairedDifference_SharedSpread_IsNarrowerThanTheValues()
    {
        Philox draws = new(Seed, RandomPurpose.Test, 0);
        double[] before = [.. Enumerable.Range(0, 50).Select(i => 100 * draws.Normal((ulong)i))];
        double[] after = [.. before.Select((value, i) => value + 0.5 + (0.1 * draws.Normal((ulong)(i + 50))))];

        Estimate difference = Intervals.PairedDifference(before, after, Seed);

        Assert.InRange(difference.Low, 0.4, difference.Mean);
        Assert.InRange(difference.High, difference.Mean, 0.6);
    }

    [Fact]
    public void PairedDifference_DifferentLengths_Throws() =>
        Assert.Contains("after", Assert.Throws<ArgumentException>(() => Intervals.PairedDifference([1, 2], [1], Seed)).Message);
}
