using FastAlign.Alignment;
using Xunit;

namespace FastAlign.Tests.Advantages;

/// <summary>Advantages and token rewards against computations by hand.</summary>
public sealed class AdvantageTests
{
    [Fact]
    public void Greedy_TwoPrompts_SubtractsEachBaseline()
    {
        double[] advantages = new double[3];

        BaselineAdvantage.Greedy([1, double.NaN, 3], [0.5, 4], [0, 2, 3], advantages);

        Assert.Equal([0.5, 0, -1], advantages);
    }

    [Fact]
    public void LengthWeighted_OneGroup_WeighsByTokens()
    {
        double[] advantages = new double[3];

        // Baseline (1 * 4 + 3 * 0) / 4 = 1; the unscored completion does not count.
        BaselineAdvantage.LengthWeighted([4, 0, double.NaN], [1, 3, 100], [0, 3], advantages);

        Assert.Equal([3, -1, 0], advantages);
    }

    [Fact]
    public void ReinforcePlusPlus_TwoSequences_WhitensReturnsToGo()
    {
        double[] returns = new double[3];
        double[] advantages = new double[3];

        BaselineAdvantage.ReturnsToGo([1, 2, 4], [0, 2, 3], 0.5, returns);
        BaselineAdvantage.ReinforcePlusPlus([1, 2, 4], [0, 2, 3], 0.5, advantages);

        // Mean 8/3, variance (4/9 + 4/9 + 16/9) / 2 = 4/3.
        Assert.Equal([2, 2, 4], returns);
        Assert.Equal(-2.0 / 3 / Math.Sqrt((4.0 / 3) + 1e-8), advantages[0], 1e-15);
        Assert.Equal(4.0 / 3 / Math.Sqrt((4.0 / 3) + 1e-8), advantages[2], 1e-15);
    }

    [Fact]
    public void ReinforcePlusPlusBaseline_Groups_CentresThenWhitensOverTokens()
    {
        double[] advantages = new double[4];

        BaselineAdvantage.ReinforcePlusPlusBaseline([1, 3], [0, 2], [0, 1, 4], advantages);

        // Centred -1 and 1, on tokens -1, 1, 1, 1: mean 1/2, variance (9/4 + 3/4) / 3 = 1.
        Assert.Equal(-1.5 / Math.Sqrt(1 + 1e-8), advantages[0], 1e-15);
        Assert.Equal(0.5 / Math.Sqrt(1 + 1e-8), advantages[3], 1e-15);
    }

    [Fact]
    public void Tokens_GammaAndLambda_MatchTheRecursion()
    {
        double[] advantages = new double[2];
        double[] returns = new double[2];

        GeneralizedAdvantage.Tokens([1, 2], [0.5, 0.25], [0, 2], 0.9, 0.8, advantages, returns);

        // A_1 = 2 - 0.25; A_0 = 1 + 0.9 * 0.25 - 0.5 + 0.72 * 1.75.
        Assert.Equal(1.75, advantages[1], 1e-15);
        Assert.Equal(1 + 0.225 - 0.5 + (0.72 * 1.75), advantages[0], 1e-15);
        Assert.Equal(advantages[0] + 0.5, returns[0], 1e-15);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Segments_OfOneToken_AreTokens(bool isTurn)
    {
        double[] rewards = [0.5, -1, 2, 0.25, 1];
        double[] values = [0.1, 0.3, -0.2, 0.7, 0.4];
        (double[] a, double[] r, double[] b, double[] q) = (new double[5], new double[5], new double[5], new double[5]);
        SegmentStarts segments = new() { Starts = [0, 1, 2, 3, 4, 5], OfSequences = [0, 3, 5] };

        GeneralizedAdvantage.Tokens(rewards, values, [0, 3, 5], 0.97, 0.9, a, r);
        GeneralizedAdvantage.Segments(rewards, values, segments, isTurn ? SegmentRule.Turn : SegmentRule.Macro, 0.97, 0.9, b, q);

        Assert.Equal(a, b);
        Assert.Equal(r, q);
    }

    [Fact]
    public void Segments_TurnAndMacro_DifferAsStated()
    {
        double[] rewards = [1, 3, 10];
        double[] values = [2, 4, 5];
        (double[] turn, double[] macro, double[] returns) = (new double[3], new double[3], new double[3]);
        SegmentStarts segments = new() { Starts = [0, 2, 3], OfSequences = [0, 2] };

        GeneralizedAdvantage.Segments(rewards, values, segments, SegmentRule.Turn, 1, 1, turn, returns);
        GeneralizedAdvantage.Segments(rewards, values, segments, SegmentRule.Macro, 1, 1, macro, returns);

        // Undiscounted: all reward from here on minus the value of the segment; a macro's reward and value are means.
        Assert.Equal([4 + 10 - 2, 4 + 10 - 2, 10 - 5], turn);
        Assert.Equal([2 + 10 - 3, 2 + 10 - 3, 10 - 5], macro);
    }

    [Theory]
    [InlineData(SegmentWeights.Early, 6.0 / 11)]
    [InlineData(SegmentWeights.Late, 2.0 / 11)]
    [InlineData(SegmentWeights.Last, 0)]
    public void Segments_PositionWeights_WeighTheFirstTokenAsStated(SegmentWeights weights, double first)
    {
        (double[] advantages, double[] returns) = (new double[3], new double[3]);
        SegmentStarts segments = new() { Starts = [0, 3], OfSequences = [0, 1] };

        GeneralizedAdvantage.Segments([0, 0, 0], [1, 0, 0], segments, new SegmentRule(weights, IsRewardSummed: true), 1, 1, advantages, returns);

        Assert.Equal(-first, advantages[0], 1e-15);
    }

    [Theory]
    [InlineData(RewardPlacement.Last, new[] { 0.0, 0, 3, 0 })]
    [InlineData(RewardPlacement.Spread, new[] { 0.0, 1.5, 1.5, 0 })]
    [InlineData(RewardPlacement.Each, new[] { 0.0, 3, 3, 0 })]
    public void AddSpan_Placement_PutsTheReward(RewardPlacement placement, double[] expected)
    {
        double[] rewards = new double[4];

        TokenRewards.AddSpan(3, 1, 3, placement, rewards);
        TokenRewards.AddSpan(double.NaN, 0, 4, placement, rewards);

        Assert.Equal(expected, rewards);
    }

    [Fact]
    public void AddSequences_EmptyAndUnscored_AddNothing()
    {
        double[] rewards = new double[3];

        TokenRewards.AddSequences([5, 7, double.NaN, 2], [0, 0, 1, 2, 3], RewardPlacement.Last, rewards);

        Assert.Equal([7, 0, 2], rewards);
    }

    [Theory]
    [InlineData(80, 0)]
    [InlineData(90, -0.5)]
    [InlineData(100, -1)]
    [InlineData(101, -1)]
    public void Overlong_Length_FallsWithinTheMargin(int tokens, double expected) => Assert.Equal(expected, TokenRewards.Overlong(tokens, 100, 20));

    [Fact]
    public void KlController_FarFromTheTarget_MovesByTheBoundOfTheError()
    {
        KlController controller = new(0.2, 6, 1000);

        Assert.Equal(0.2 * (1 + (0.2 * 100 / 1000)), controller.Next(60, 100).Coefficient, 1e-15);
        Assert.Equal(0.2 * (1 - (0.1 * 100 / 1000)), controller.Next(5.4, 100).Coefficient, 1e-15);
    }
}
