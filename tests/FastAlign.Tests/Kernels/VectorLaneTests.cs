using System.Runtime.Intrinsics;
using FastAlign.Kernels;
using Xunit;

namespace FastAlign.Tests.Kernels;

/// <summary>Errors of the vector functions over their whole range, against doubles. The bounds are the ones their documentation states.</summary>
public sealed class VectorLaneTests
{
    // A prime, so that samples fall on all residues of the mantissa.
    private const uint Stride = 1009;

    [Fact]
    public void Exp_WholeRange_ErrsByLessThanStated()
    {
        double worst = WorstUlp(Vector512Lane.Exp, Math.Exp, x => x is >= -104 and <= 88.722839f);

        Assert.InRange(worst, 0.5, 0.87);
    }

    [Fact]
    public void Log_AllPositiveFloats_ErrsByLessThanStated()
    {
        double worst = WorstUlp(Vector512Lane.Log, Math.Log, x => x > 0);

        Assert.InRange(worst, 0.5, 0.86);
    }

    [Fact]
    public void Tanh_AllFloats_ErrsByLessThanStated()
    {
        double worst = WorstUlp(Vector512Lane.Tanh, Math.Tanh, _ => true);

        Assert.InRange(worst, 0.5, 1.5);
    }

    [Fact]
    public void Erf_AllFloats_ErrsByLessThanStated()
    {
        double worst = WorstUlp(Vector512Lane.Erf, x => ScalarDouble.Erf(new ScalarDouble(x)).Value, _ => true);

        Assert.InRange(worst, 0.5, 1.5);
    }

    [Theory]
    [InlineData(0f, 1f)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(float.MinValue, 0f)]
    [InlineData(-104f, 0f)]
    [InlineData(88.75f, float.PositiveInfinity)]
    [InlineData(float.MaxValue, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp_AtTheEdges_IsExact(float x, float expected) => Assert.Equal(expected, Vector512Lane.Exp(Lane(x)).Value[5]);

    [Theory]
    [InlineData(1f, 0f)]
    [InlineData(0f, float.NegativeInfinity)]
    [InlineData(-float.Epsilon, float.NaN)]
    [InlineData(float.NegativeInfinity, float.NaN)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void Log_AtTheEdges_IsExact(float x, float expected) => Assert.Equal(expected, Vector512Lane.Log(Lane(x)).Value[5]);

    [Theory]
    [InlineData(0f, 0f)]
    [InlineData(float.PositiveInfinity, 1f)]
    [InlineData(float.NegativeInfinity, -1f)]
    [InlineData(float.MaxValue, 1f)]
    [InlineData(float.NaN, float.NaN)]
    public void TanhAndErf_AtTheEdges_AreExact(float x, float expected)
    {
        Assert.Equal(expected, Vector512Lane.Tanh(Lane(x)).Value[0]);
        Assert.Equal(expected, Vector512Lane.Erf(Lane(x)).Value[0]);
    }

    [Fact]
    public void Arithmetic_OfEveryLane_AgreesInBits()
    {
        float[] samples = [0f, -0f, 1f, -1.5f, 3.1415927f, 1e-40f, 1e38f, -1e38f, float.PositiveInfinity, float.NegativeInfinity, float.NaN];

        foreach (float x in samples)
        {
            foreach (float y in samples)
            {
                AssertSame(Mix(new ScalarFloat(x), new ScalarFloat(y)).Value, Mix(Lane(x), Lane(y)).Value[7]);
            }
        }
    }

    [Fact]
    public void AllFunctions_OnEveryInstructionSet_HaveTheseBits()
    {
        // FNV-1a over the results: the same constant with AVX-512, with AVX2 (DOTNET_EnableAVX512F=0) and with neither.
        ulong hash = 14695981039346656037;
        for (float x = -110; x < 110; x += 0.0371f)
        {
            Vector512Lane lane = Lane(x);
            Vector512Lane sum = Vector512Lane.Exp(lane) + Vector512Lane.Log(Vector512Lane.Abs(lane)) + Vector512Lane.Tanh(lane / Lane(16)) + Vector512Lane.Erf(lane / Lane(32));
            hash = (hash ^ BitConverter.SingleToUInt32Bits(sum.Value[3])) * 1099511628211;
        }

        Assert.Equal(8530600422786564541UL, hash);
    }

    private static T Mix<T>(T x, T y)
        where T : struct, ILane<T>
    {
        T picked = T.IfLess(x, y, x * y, x - y) + T.IfEqual(x, y, x, -y);
        return (T.Max(x, y) / T.Sqrt(T.Abs(picked))) + T.Min(picked, x);
    }

    private static void AssertSame(float expected, float actual)
    {
        Assert.True(expected.Equals(actual), $"expected {expected:R}, got {actual:R}");
    }

    private static Vector512Lane Lane(float x) => new(Vector512.Create(x));

    /// <summary>Largest distance to the exact value, in units of the last place of that value as a float.</summary>
    private static double WorstUlp(Func<Vector512Lane, Vector512Lane> function, Func<double, double> exact, Predicate<float> isInRange)
    {
        double worst = 0;
        Span<float> x = stackalloc float[Vector512<float>.Count];
        for (ulong bits = 0; bits <= uint.MaxValue; bits += (ulong)(Stride * x.Length))
        {
            for (int i = 0; i < x.Length; i++)
            {
                x[i] = BitConverter.UInt32BitsToSingle((uint)(bits + ((ulong)i * Stride)));
            }

            Vector512<float> y = function(new Vector512Lane(Vector512.Create<float>(x))).Value;
            for (int i = 0; i < x.Length; i++)
            {
                if (float.IsFinite(x[i]) && isInRange(x[i]))
                {
                    double error = Math.Abs(y[i] - exact(x[i])) / Ulp(exact(x[i]));
                    worst = Math.Max(worst, double.IsNaN(error) ? double.PositiveInfinity : error);
                }
            }
        }

        return worst;
    }

    private static double Ulp(double value)
    {
        int exponent = value == 0 ? -126 : Math.Max(Math.ILogB(value), -126);
        return Math.ScaleB(1, exponent - 23);
    }
}
