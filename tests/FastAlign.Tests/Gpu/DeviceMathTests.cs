using FastAlign.Core;
using FastAlign.Kernels.Device;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>The functions of device threads, run on the host, where they are the same C#.</summary>
public sealed class DeviceMathTests
{
    /// <summary>What the docs of <see cref="DeviceMath"/> promise.</summary>
    private const double MaxUlp = 1.5;

    private const int Draws = 200_000;

    private static readonly Philox Random = new(7, RandomPurpose.Test, 0);

    [Fact]
    public void Exp_WholeRange_IsWithinItsError() =>
        AssertAccurate(DeviceMath.Exp, Math.Exp, static u => (float)((u * 176) - 87.3));

    [Fact]
    public void Log_WholeRange_IsWithinItsError() =>
        AssertAccurate(DeviceMath.Log, Math.Log, static u => (float)Math.Exp((u * 175) - 87));

    [Fact]
    public void Log_NearOne_IsWithinItsError() => AssertAccurate(DeviceMath.Log, Math.Log, static u => (float)(0.6 + (0.8 * u)));

    [Theory]
    [InlineData(0f, 1f)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(-200f, 0f)]
    [InlineData(89f, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp_SpecialValue_IsExact(float x, float expected) => Assert.Equal(expected, DeviceMath.Exp(x));

    [Theory]
    [InlineData(1f, 0f)]
    [InlineData(0f, float.NegativeInfinity)]
    [InlineData(-1f, float.NaN)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void Log_SpecialValue_IsExact(float x, float expected) => Assert.Equal(expected, DeviceMath.Log(x));

    [Fact]
    public void TripleFloat_SumOfSquares_IsThatOfExactArithmetic()
    {
        // Exact: each square is a whole multiple of 2^-150 below 2^60, so the sum fits into 256 bits.
        TripleFloat sum = new(0, 0, 0);
        System.Numerics.BigInteger exact = 0;
        for (int i = 0; i < 3000; i++)
        {
            float x = (float)(Random.Normal((ulong)i) * Math.Pow(10, Random.Integer((ulong)(i + 5000), 9) - 4));
            sum = sum.AddSquare(x);
            var scaled = new System.Numerics.BigInteger(Math.ScaleB(x, 75));
            exact += scaled * scaled;
        }

        double expected = Math.ScaleB((double)(exact >> 60), 60 - 150);

        // One rounding of each of the three numbers that are added in double, and the 2^-60 or less that three floats lose.
        Assert.Equal(expected, sum.High + ((double)sum.Middle + sum.Low), Math.ScaleB(expected, -52));
    }

    private static void AssertAccurate(Func<float, float> function, Func<double, double> exact, Func<double, float> argument)
    {
        double worst = 0;
        for (int i = 0; i < Draws; i++)
        {
            float x = argument(Random.Uniform((ulong)i));
            double expected = exact(x);
            float rounded = MathF.Abs((float)expected);
            double ulp = (double)MathF.BitIncrement(rounded) - rounded;
            worst = Math.Max(worst, Math.Abs(function(x) - expected) / ulp);
        }

        Assert.InRange(worst, 0, MaxUlp);
    }
}
