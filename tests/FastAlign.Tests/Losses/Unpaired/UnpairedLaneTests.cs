using System.Runtime.Intrinsics;
using FastAlign.Kernels;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>
/// The formulas in float, as devices and vectors run them, against double: value and slope. Inputs are exact in both. Each input and option brings a
/// relative error of u = 2^-24 into an argument of magnitude m, each function a few ulp of its result, so the error is below c u max(1, m) times the
/// largest factor by which the formula multiplies it; c = 16 covers the at most ten operations in a chain.
/// </summary>
public sealed class UnpairedLaneTests
{
    private const double Unit = 1.0 / (1 << 24);
    private const double Operations = 16;

    private static readonly double[] LogRatios = [-60, -7.5, -0.25, 0, 0.125, 2, 9.5, 60];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Prospect_Float_IsWithinBound(double label) => Compare(
        new ProspectSequence<Dual<ScalarDouble>>(0.1), new ProspectSequence<Dual<ScalarFloat>>(0.1), new ProspectSequence<Dual<Vector512Lane>>(0.1),
        (label, 0, 1.5), h => 0.1 * (Math.Abs(h) + 1.5));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Classifier_Float_IsWithinBound(double label) => Compare(
        new BinaryClassifierSequence<Dual<ScalarDouble>>(0.5), new BinaryClassifierSequence<Dual<ScalarFloat>>(0.5), new BinaryClassifierSequence<Dual<Vector512Lane>>(0.5),
        (label, 0, -0.75), h => (0.5 * Math.Abs(h)) + 0.75);

    [Theory]
    [InlineData(0.5)]
    [InlineData(-2)]
    public void DirectReward_Float_IsWithinBound(double reward) => Compare(
        new DirectRewardSequence<Dual<ScalarDouble>>(0.3), new DirectRewardSequence<Dual<ScalarFloat>>(0.3), new DirectRewardSequence<Dual<Vector512Lane>>(0.3),
        (1, reward, 0.25), h => Math.Pow(Math.Abs(reward) + 0.25 + (0.3 * Math.Abs(h)), 2) / 0.3);

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Feedback_Float_IsWithinBound(double reward) => Compare(
        new FeedbackSequence<Dual<ScalarDouble>>(1), new FeedbackSequence<Dual<ScalarFloat>>(1), new FeedbackSequence<Dual<Vector512Lane>>(1),
        (1, reward, 0), h => 1 + (h * h));

    [Theory]
    [InlineData(1, 0.25)]
    [InlineData(0, 0.25)]
    [InlineData(0, 0.9375)]
    public void NegativeAware_Float_IsWithinBound(double reward, double passRate)
    {
        NegativeAwareToken<Dual<ScalarDouble>> exact = new(0.5, 1);
        NegativeAwareToken<Dual<ScalarFloat>> scalar = new(0.5, 1);
        NegativeAwareToken<Dual<Vector512Lane>> vector = new(0.5, 1);
        foreach (double h in LogRatios)
        {
            Dual<ScalarDouble> expected = exact.Loss(Dual<ScalarDouble>.Variable(new(h)), Dual<ScalarDouble>.Constant(reward), Dual<ScalarDouble>.Constant(passRate));
            Dual<ScalarFloat> one = scalar.Loss(Dual<ScalarFloat>.Variable(new((float)h)), Dual<ScalarFloat>.Constant(reward), Dual<ScalarFloat>.Constant(passRate));
            Dual<Vector512Lane> many = vector.Loss(Dual<Vector512Lane>.Variable(Lane(h)), Dual<Vector512Lane>.Constant(reward), Dual<Vector512Lane>.Constant(passRate));

            // The slope is R q / (1 - q) over at least 1/2, R at most e^10, whose own argument is at most 10.
            double scale = 10 * Math.Max(1, 2 * Math.Exp(Math.Min(h, 10)) * passRate / (1 - passRate));
            Close(expected, one.Value.Value, one.Slope.Value, scale, h);
            Close(expected, many.Value.Value[3], many.Slope.Value[3], scale, h);
        }
    }

    [Fact]
    public void DirectRewardValue_Float_IsWithinBound()
    {
        foreach (double h in LogRatios)
        {
            Dual<ScalarDouble> expected = new DirectRewardValue<Dual<ScalarDouble>>(0.3)
                .Loss(Dual<ScalarDouble>.Variable(new(0.25)), Dual<ScalarDouble>.Constant(-2), Dual<ScalarDouble>.Constant(h));
            Dual<ScalarFloat> one = new DirectRewardValue<Dual<ScalarFloat>>(0.3)
                .Loss(Dual<ScalarFloat>.Variable(new(0.25f)), Dual<ScalarFloat>.Constant(-2), Dual<ScalarFloat>.Constant(h));

            Close(expected, one.Value.Value, one.Slope.Value, Math.Pow(2.25 + (0.3 * Math.Abs(h)), 2), h);
            Assert.Equal(0.25 + 2 + (0.3 * h), expected.Slope.Value, 1e-13);
        }
    }

    private static void Compare<TDouble, TFloat, TVector>(
        TDouble exact, TFloat scalar, TVector vector, (double Label, double Reward, double Baseline) data, Func<double, double> scale)
        where TDouble : ISequenceFormula<Dual<ScalarDouble>>
        where TFloat : ISequenceFormula<Dual<ScalarFloat>>
        where TVector : ISequenceFormula<Dual<Vector512Lane>>
    {
        foreach (double h in LogRatios)
        {
            Dual<ScalarDouble> expected = exact.Loss(Of(new ScalarDouble(h), data));
            Dual<ScalarFloat> one = scalar.Loss(Of(new ScalarFloat((float)h), data));
            Dual<Vector512Lane> many = vector.Loss(Of(Lane(h), data));

            Close(expected, one.Value.Value, one.Slope.Value, scale(h), h);
            Close(expected, many.Value.Value[3], many.Slope.Value[3], scale(h), h);
        }
    }

    private static Sequence<Dual<T>> Of<T>(T h, (double Label, double Reward, double Baseline) data)
        where T : struct, ILane<T> => new()
        {
            LogRatio = Dual<T>.Variable(h),
            Label = Dual<T>.Constant(data.Label),
            Reward = Dual<T>.Constant(data.Reward),
            Baseline = Dual<T>.Constant(data.Baseline),
        };

    private static Vector512Lane Lane(double h) => new(Vector512.Create((float)h));

    private static void Close(Dual<ScalarDouble> expected, double value, double slope, double scale, double h)
    {
        double limit = Operations * Unit * Math.Max(1, scale);
        Assert.True(Math.Abs(expected.Value.Value - value) <= limit, $"h = {h}: value {value:R}, expected {expected.Value.Value:R}, limit {limit:E1}");
        Assert.True(Math.Abs(expected.Slope.Value - slope) <= limit, $"h = {h}: slope {slope:R}, expected {expected.Slope.Value:R}, limit {limit:E1}");
    }
}
