using FastAlign.Core;

namespace FastAlign.Tests;

public sealed class PhiloxTests
{
    [Fact]
    public void Bits_KnownAnswers_MatchRandom123()
    {
        // Known-answer vectors of the Random123 library for philox4x32-10: zero counter and key; and all ones.
        UInt128 zeros = new Philox(0, 0, 0).Bits(0);
        UInt128 ones = new Philox(ulong.MaxValue, (RandomPurpose)0xFF, 0x00FFFFFF_FFFFFFFF).Bits(ulong.MaxValue);

        Assert.Equal(Words(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8), zeros);
        Assert.Equal(Words(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd), ones);
    }

    [Fact]
    public void Uniform_ManyDraws_FillTheUnitInterval()
    {
        var stream = new Philox(3, RandomPurpose.Test, 1);
        const int Draws = 100_000;
        int[] bins = new int[10];
        for (ulong i = 0; i < Draws; i++)
        {
            bins[(int)(stream.Uniform(i) * bins.Length)]++;
        }

        // Chi-square with 9 degrees of freedom is below 33 but for one stream in 10,000.
        double expected = Draws / (double)bins.Length;
        Assert.True(bins.Sum(n => (n - expected) * (n - expected) / expected) < 33);
    }

    [Fact]
    public void Normal_ManyDraws_HaveMomentsOfTheStandardNormal()
    {
        var stream = new Philox(4, RandomPurpose.Test, 2);
        const int Draws = 100_000;
        double[] values = [.. Enumerable.Range(0, Draws).Select(i => stream.Normal((ulong)i))];

        // Standard errors: 1/sqrt(n) of the mean, sqrt(2/n) of the variance, sqrt(96/n) of the fourth moment; five of them.
        Assert.InRange(values.Average(), -5 / Math.Sqrt(Draws), 5 / Math.Sqrt(Draws));
        Assert.InRange(values.Average(v => v * v) - 1, -5 * Math.Sqrt(2.0 / Draws), 5 * Math.Sqrt(2.0 / Draws));
        Assert.InRange(values.Average(v => v * v * v * v) - 3, -5 * Math.Sqrt(96.0 / Draws), 5 * Math.Sqrt(96.0 / Draws));
    }

    [Fact]
    public void Permutation_EveryLength_HoldsEachNumberOnce()
    {
        for (int n = 1; n < 50; n++)
        {
            Assert.Equal(Enumerable.Range(0, n), new Philox(9, RandomPurpose.DataOrder, (ulong)n).Permutation(n).Order());
        }
    }

    [Fact]
    public void Streams_OfOtherSeedPurposeOrStep_ShareNoDraw()
    {
        Philox[] streams =
        [
            new(1, RandomPurpose.DataOrder, 0), new(2, RandomPurpose.DataOrder, 0), new(1, RandomPurpose.Sampling, 0), new(1, RandomPurpose.DataOrder, 1),
            new(1, RandomPurpose.DataOrder, 1UL << 32),
        ];

        Assert.Equal(streams.Length * 100, streams.SelectMany(s => Enumerable.Range(0, 100).Select(i => s.Bits((ulong)i))).Distinct().Count());
    }

    private static UInt128 Words(uint c0, uint c1, uint c2, uint c3) => new(((ulong)c3 << 32) | c2, ((ulong)c1 << 32) | c0);
}
