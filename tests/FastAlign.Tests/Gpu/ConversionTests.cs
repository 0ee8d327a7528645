using FastAlign.Core;
using FastAlign.Kernels.Conformance;
using FastAlign.Kernels.Device;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>Conversions by bits against the casts of the platform, over every exponent.</summary>
public sealed class ConversionTests
{
    private const int Draws = 200_000;

    private static readonly Philox Random = new(11, RandomPurpose.Test, 0);

    [Fact]
    public void SingleToDouble_AnyBits_IsTheCast()
    {
        foreach (float x in Singles())
        {
            Assert.Equal(BitConverter.DoubleToUInt64Bits(x), default(SingleToDouble).Convert(x));
        }
    }

    [Fact]
    public void DoubleToSingle_AnyBits_IsTheCast()
    {
        foreach (double x in Doubles())
        {
            Assert.Equal((float)x, default(DoubleToSingle).Convert(BitConverter.DoubleToUInt64Bits(x)));
        }
    }

    [Fact]
    public void DoubleToBfloat16_AnyBits_RoundsOnce()
    {
        foreach (double x in Doubles().Where(double.IsFinite))
        {
            Assert.Equal(StoredNumber.Bfloat16(x), default(DoubleToBfloat16).Convert(BitConverter.DoubleToUInt64Bits(x)));
        }
    }

    [Fact]
    public void SingleToBfloat16_AnyBits_RoundsToNearestEven()
    {
        foreach (float x in Singles())
        {
            ushort expected = StoredNumber.Bfloat16(x);

            ushort got = default(SingleToBfloat16).Convert(x);

            Assert.Equal(expected, got);
            Assert.Equal(BitConverter.UInt32BitsToSingle((uint)got << 16), default(Bfloat16ToSingle).Convert(got));
            Assert.Equal(BitConverter.DoubleToUInt64Bits(BitConverter.UInt32BitsToSingle((uint)got << 16)), default(Bfloat16ToDouble).Convert(got));
        }
    }

    private static IEnumerable<float> Singles()
    {
        float[] special = [0, -0f, 1, float.Epsilon, -float.Epsilon, float.MaxValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 1.17549435e-38f];
        return special.Concat(Enumerable.Range(0, Draws).Select(static i => BitConverter.UInt32BitsToSingle((uint)Random.Bits((ulong)i))));
    }

    /// <summary>Around the range of F32, with ties and near ties: half of the draws end in the bits that F32 drops as 100...0 or next to it.</summary>
    private static IEnumerable<double> Doubles()
    {
        double[] special = [0, -0.0, 1, double.Epsilon, double.MaxValue, double.PositiveInfinity, double.NegativeInfinity, double.NaN, float.MaxValue, 3.4028235677973366e38, 1e-45, 7e-46, 0.5 * float.Epsilon];
        return special.Concat(Enumerable.Range(0, Draws).Select(static i =>
        {
            UInt128 bits = Random.Bits((ulong)(i + Draws));
            ulong exponent = (ulong)(1023 + Random.Integer((ulong)i, 300) - 160);
            ulong mantissa = (ulong)bits & 0x000FFFFFFFFFFFFF;
            ulong tie = (mantissa & ~0x1FFFFFFFUL) | 0x10000000UL;
            mantissa = (i % 4) switch { 0 => tie, 1 => tie + 1, 2 => tie - 1, _ => mantissa };
            return BitConverter.UInt64BitsToDouble(((ulong)(bits >> 64) << 63) | (exponent << 52) | mantissa);
        }));
    }
}
