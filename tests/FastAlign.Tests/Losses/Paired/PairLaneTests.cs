using System.Runtime.Intrinsics;
using FastAlign.Kernels;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>Every paired formula in float, on a scalar lane and on sixteen lanes at once, against the same formula in double.</summary>
public sealed class PairLaneTests
{
    private static readonly double[] Ratios = [-60, -20, -3.5, -1, -0.125, 0, 0.25, 1.5, 4, 25, 60];

    [Fact]
    public void LogisticPair_Float_MatchesDouble() => Check(
        new LogisticPair<ScalarDouble>(0.3, 0.1, 0.5, 0.2), new LogisticPair<ScalarFloat>(0.3, 0.1, 0.5, 0.2), new LogisticPair<Vector512Lane>(0.3, 0.1, 0.5, 0.2), new LogisticPair<Dual<ScalarDouble>>(0.3, 0.1, 0.5, 0.2), new LogisticPair<Dual<ScalarFloat>>(0.3, 0.1, 0.5, 0.2));

    [Fact]
    public void HingePair_Float_MatchesDouble() => Check(
        new HingePair<ScalarDouble>(0.3), new HingePair<ScalarFloat>(0.3), new HingePair<Vector512Lane>(0.3), new HingePair<Dual<ScalarDouble>>(0.3), new HingePair<Dual<ScalarFloat>>(0.3));

    [Fact]
    public void SquaredPair_Float_MatchesDouble() => Check(
        new PerToken<SquaredPair<ScalarDouble>, ScalarDouble>(new(1, 1.5, 0.5)),
        new PerToken<SquaredPair<ScalarFloat>, ScalarFloat>(new(1, 1.5, 0.5)),
        new PerToken<SquaredPair<Vector512Lane>, Vector512Lane>(new(1, 1.5, 0.5)),
        new PerToken<SquaredPair<Dual<ScalarDouble>>, Dual<ScalarDouble>>(new(1, 1.5, 0.5)),
        new PerToken<SquaredPair<Dual<ScalarFloat>>, Dual<ScalarFloat>>(new(1, 1.5, 0.5)));

    [Fact]
    public void ExoPair_Float_MatchesDouble() => Check(
        new ExoPair<ScalarDouble>(0.3, 0.1), new ExoPair<ScalarFloat>(0.3, 0.1), new ExoPair<Vector512Lane>(0.3, 0.1), new ExoPair<Dual<ScalarDouble>>(0.3, 0.1), new ExoPair<Dual<ScalarFloat>>(0.3, 0.1));

    [Fact]
    public void NcaPair_Float_MatchesDouble() => Check(
        new NcaPair<ScalarDouble>(0.3), new NcaPair<ScalarFloat>(0.3), new NcaPair<Vector512Lane>(0.3), new NcaPair<Dual<ScalarDouble>>(0.3), new NcaPair<Dual<ScalarFloat>>(0.3));

    [Fact]
    public void BcoPair_Float_MatchesDouble() => Check(
        new BcoPair<ScalarDouble>(0.3), new BcoPair<ScalarFloat>(0.3), new BcoPair<Vector512Lane>(0.3), new BcoPair<Dual<ScalarDouble>>(0.3), new BcoPair<Dual<ScalarFloat>>(0.3));

    [Fact]
    public void SppoPair_Float_MatchesDouble() => Check(
        new SppoPair<ScalarDouble>(0.3), new SppoPair<ScalarFloat>(0.3), new SppoPair<Vector512Lane>(0.3), new SppoPair<Dual<ScalarDouble>>(0.3), new SppoPair<Dual<ScalarFloat>>(0.3));

    [Fact]
    public void ApoPairs_Float_MatchDouble()
    {
        Check(new ApoZeroPair<ScalarDouble>(0.3), new ApoZeroPair<ScalarFloat>(0.3), new ApoZeroPair<Vector512Lane>(0.3), new ApoZeroPair<Dual<ScalarDouble>>(0.3), new ApoZeroPair<Dual<ScalarFloat>>(0.3));
        Check(new ApoDownPair<ScalarDouble>(0.3), new ApoDownPair<ScalarFloat>(0.3), new ApoDownPair<Vector512Lane>(0.3), new ApoDownPair<Dual<ScalarDouble>>(0.3), new ApoDownPair<Dual<ScalarFloat>>(0.3));
    }

    [Fact]
    public void DiscoPopPair_Float_MatchesDouble() => Check(
        new DiscoPopPair<ScalarDouble>(0.1, 0.05), new DiscoPopPair<ScalarFloat>(0.1, 0.05), new DiscoPopPair<Vector512Lane>(0.1, 0.05), new DiscoPopPair<Dual<ScalarDouble>>(0.1, 0.05), new DiscoPopPair<Dual<ScalarFloat>>(0.1, 0.05));

    [Fact]
    public void MarginMatchingPair_Float_MatchesDouble() => Check(
        new MarginMatchingPair<ScalarDouble>(0.3, 0.7), new MarginMatchingPair<ScalarFloat>(0.3, 0.7), new MarginMatchingPair<Vector512Lane>(0.3, 0.7), new MarginMatchingPair<Dual<ScalarDouble>>(0.3, 0.7), new MarginMatchingPair<Dual<ScalarFloat>>(0.3, 0.7));

    [Fact]
    public void ContrastivePair_Float_MatchesDouble() => Check(
        new ContrastivePair<ScalarDouble>(0.3, 0.5), new ContrastivePair<ScalarFloat>(0.3, 0.5), new ContrastivePair<Vector512Lane>(0.3, 0.5), new ContrastivePair<Dual<ScalarDouble>>(0.3, 0.5), new ContrastivePair<Dual<ScalarFloat>>(0.3, 0.5));

    [Fact]
    public void OddsPair_Float_MatchesDouble() => Check(
        new OddsPair<ScalarDouble>(0.3), new OddsPair<ScalarFloat>(0.3), new OddsPair<Vector512Lane>(0.3), new OddsPair<Dual<ScalarDouble>>(0.3), new OddsPair<Dual<ScalarFloat>>(0.3), isLogProb: true);

    private static void Check<TDouble, TFloat, TVector, TDualDouble, TDualFloat>(
        TDouble inDouble, TFloat inFloat, TVector inVector, TDualDouble dualDouble, TDualFloat dualFloat, bool isLogProb = false)
        where TDouble : struct, IPairFormula<ScalarDouble>
        where TFloat : struct, IPairFormula<ScalarFloat>
        where TVector : struct, IPairFormula<Vector512Lane>
        where TDualDouble : struct, IPairFormula<Dual<ScalarDouble>>
        where TDualFloat : struct, IPairFormula<Dual<ScalarFloat>>
    {
        foreach (double chosen in Ratios.Where(ratio => !isLogProb || ratio < 0))
        {
            foreach (double rejected in Ratios.Where(ratio => !isLogProb || ratio < 0))
            {
                double expected = inDouble.Loss(Pair<ScalarDouble>(chosen, rejected, ScalarDouble.Constant)).Value;
                double slope = dualDouble.Loss(Pair(chosen, rejected, Dual<ScalarDouble>.Constant) with
                {
                    ChosenRatio = Dual<ScalarDouble>.Variable(new ScalarDouble(chosen)),
                    ChosenScore = Dual<ScalarDouble>.Variable(new ScalarDouble(chosen)),
                }).Slope.Value;

                // Some ten operations, each half an ulp (2^-24) or the few ulp of exp and log, on terms that reach (|c| + |r|)^2 or e^(b(|c| + |r|)):
                // the result's own size bounds those terms but for cancellations between c and r, which the second part of the scale is for.
                double scale = Math.Abs(expected) + Math.Abs(chosen) + Math.Abs(rejected) + 1;
                double slopeScale = Math.Abs(slope) + (isLogProb ? 1 / Math.Abs(chosen) : 0) + 1;
                const double Bound = 32 * 5.9604645e-8;
                ScalarFloat single = inFloat.Loss(Pair<ScalarFloat>(chosen, rejected, ScalarFloat.Constant));
                ScalarFloat singleSlope = dualFloat.Loss(Pair(chosen, rejected, Dual<ScalarFloat>.Constant) with
                {
                    ChosenRatio = Dual<ScalarFloat>.Variable(ScalarFloat.Constant(chosen)),
                    ChosenScore = Dual<ScalarFloat>.Variable(ScalarFloat.Constant(chosen)),
                }).Slope;
                Vector512<float> lanes = inVector.Loss(Pair<Vector512Lane>(chosen, rejected, Vector512Lane.Constant)).Value;

                string at = $"{typeof(TDouble).Name} at {chosen}, {rejected}";
                Assert.True(Math.Abs(single.Value - expected) <= Bound * scale, $"{at}: expected {expected:R}, got {single.Value:R}");
                Assert.True(Math.Abs(lanes[7] - expected) <= Bound * scale, $"{at}: expected {expected:R}, got {lanes[7]:R} in a vector");
                Assert.True(Math.Abs(singleSlope.Value - slope) <= Bound * slopeScale * (1 + Math.Abs(chosen - rejected)), $"{at}: slope expected {slope:R}, got {singleSlope.Value:R}");
            }
        }
    }

    private static Pair<T> Pair<T>(double chosen, double rejected, Func<double, T> constant)
        where T : struct, ILane<T> => new()
        {
            ChosenRatio = constant(chosen),
            RejectedRatio = constant(rejected),
            ChosenScore = constant(chosen),
            RejectedScore = constant(rejected),
            ChosenTokens = constant(3),
            RejectedTokens = constant(5),
            Margin = constant(0.75),
            Label = constant(0.875),
        };
}
