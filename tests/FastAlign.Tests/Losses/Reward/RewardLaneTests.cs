using System.Runtime.Intrinsics;
using FastAlign.Kernels;

namespace FastAlign.Tests.Losses;

/// <summary>
/// The formulas of scores in float, as devices and vectors run them, against double: value and slope. Inputs and options are exact in both, so each of the at
/// most sixteen operations in a chain brings a relative error of a few u = 2^-24 to terms no greater than 1 + m + c m^2, m the sum of the magnitudes and
/// c the coefficient of the squares.
/// </summary>
public sealed class RewardLaneTests
{
    private const double Unit = 1.0 / (1 << 24);
    private const double Operations = 16;
    private const double Coefficient = 0.125;

    private static readonly double[] Values = [-60, -7.5, -0.25, 0, 0.125, 2, 9.5, 60];

    [Fact]
    public void BradleyTerry_Float_IsWithinBound() => Compare(
        new BradleyTerryReward<Dual<ScalarDouble>>(Coefficient), new BradleyTerryReward<Dual<ScalarFloat>>(Coefficient), new BradleyTerryReward<Dual<Vector512Lane>>(Coefficient));

    [Fact]
    public void SignedCost_Float_IsWithinBound() => Compare(
        new SignedCost<Dual<ScalarDouble>>(Coefficient), new SignedCost<Dual<ScalarFloat>>(Coefficient), new SignedCost<Dual<Vector512Lane>>(Coefficient));

    [Theory, InlineData(0), InlineData(0.25), InlineData(1)]
    public void BinaryScore_Float_IsWithinBound(double label)
    {
        foreach (double score in Values)
        {
            Dual<ScalarDouble> expected = new BinaryScore<Dual<ScalarDouble>>(2).Loss(Dual<ScalarDouble>.Variable(new(score)), Dual<ScalarDouble>.Constant(label));
            Dual<ScalarFloat> one = new BinaryScore<Dual<ScalarFloat>>(2).Loss(Dual<ScalarFloat>.Variable(new((float)score)), Dual<ScalarFloat>.Constant(label));
            Dual<Vector512Lane> many = new BinaryScore<Dual<Vector512Lane>>(2).Loss(Dual<Vector512Lane>.Variable(Lane(score)), Dual<Vector512Lane>.Constant(label));

            Close(expected, one.Value.Value, one.Slope.Value, 2 * (1 + Math.Abs(score)));
            Close(expected, many.Value.Value[5], many.Slope.Value[5], 2 * (1 + Math.Abs(score)));
        }
    }

    private static void Compare<TDouble, TFloat, TVector>(TDouble exact, TFloat scalar, TVector vector)
        where TDouble : IRewardPairFormula<Dual<ScalarDouble>>
        where TFloat : IRewardPairFormula<Dual<ScalarFloat>>
        where TVector : IRewardPairFormula<Dual<Vector512Lane>>
    {
        foreach (double chosen in Values)
        {
            foreach (double rejected in Values)
            {
                Dual<ScalarDouble> expected = exact.Loss(Pair(new ScalarDouble(chosen), rejected));
                Dual<ScalarFloat> one = scalar.Loss(Pair(new ScalarFloat((float)chosen), rejected));
                Dual<Vector512Lane> many = vector.Loss(Pair(Lane(chosen), rejected));

                double m = Math.Abs(chosen) + Math.Abs(rejected) + 0.5;
                double scale = 1 + m + (Coefficient * m * m);
                Close(expected, one.Value.Value, one.Slope.Value, scale);
                Close(expected, many.Value.Value[5], many.Slope.Value[5], scale);
            }
        }
    }

    private static RewardPair<Dual<T>> Pair<T>(T chosen, double rejected)
        where T : struct, ILane<T> => new()
        {
            Chosen = Dual<T>.Variable(chosen),
            Rejected = Dual<T>.Constant(rejected),
            Margin = Dual<T>.Constant(0.5),
            Label = Dual<T>.Constant(0.75),
            ChosenSign = Dual<T>.Constant(-1),
            RejectedSign = Dual<T>.Constant(1),
        };

    private static Vector512Lane Lane(double value) => new(Vector512.Create((float)value));

    private static void Close(Dual<ScalarDouble> expected, double value, double slope, double scale)
    {
        double limit = Operations * Unit * scale;
        Assert.Equal(expected.Value.Value, value, limit);
        Assert.Equal(expected.Slope.Value, slope, limit);
    }
}
