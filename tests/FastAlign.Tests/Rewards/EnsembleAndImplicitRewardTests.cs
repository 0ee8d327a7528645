using FastAlign.Alignment;
using FastAlign.Core;

namespace FastAlign.Tests.Rewards;

public sealed class EnsembleAndImplicitRewardTests
{
    [Fact]
    public void Ensemble_ThreeMembers_MatchesHandComputation()
    {
        double[] rewards = [1, 2, 6];

        Assert.Equal(3, EnsembleReward.Mean(rewards));
        Assert.Equal(1, EnsembleReward.WorstCase(rewards));

        // Deviations -2, -1, 3: mean square 14/3.
        Assert.Equal(3 - (0.5 * 14 / 3), EnsembleReward.UncertaintyPenalized(rewards, 0.5), 1e-15);
        Assert.Equal(3, EnsembleReward.UncertaintyPenalized(rewards, 0));
        Assert.Equal(4, EnsembleReward.UncertaintyPenalized([4, 4], 10));
    }

    [Fact]
    public void Ensemble_BadInput_SaysWhatIsExpected()
    {
        Assert.StartsWith("uncertainty_penalty", Assert.Throws<InputException>(() => EnsembleReward.UncertaintyPenalized([1], -1)).Message);
        Assert.Throws<ShapeException>(() => EnsembleReward.Mean([]));
    }

    [Fact]
    public void ImplicitReward_TokensAndSpans_AddUpToTheSequence()
    {
        double[] tokens = new double[4];
        double[] spans = new double[3];

        ImplicitReward.Tokens([-1, -2, -0.5, -3], [-2, -2, -1, -1], 0.5, tokens);
        ImplicitReward.Spans(tokens, [0, 1, 1, 4], spans);

        Assert.Equal([0.5, 0, 0.25, -1], tokens);
        Assert.Equal([0.5, 0, -0.75], spans);
    }

    /// <summary>The planted token that the policy has learnt to avoid gets the lowest reward.</summary>
    [Fact]
    public void ImplicitReward_PlantedError_HasTheLowestReward()
    {
        double[] rewards = new double[4];

        ImplicitReward.Tokens([-1.1, -0.9, -6, -1.2], [-1, -1, -1.5, -1], 0.1, rewards);

        Assert.Equal(2, Array.IndexOf(rewards, rewards.Min()));
    }

    [Fact]
    public void ImplicitReward_SpansThatDoNotCover_AreRefused() =>
        Assert.Contains("starts", Assert.Throws<ShapeException>(() => ImplicitReward.Spans([1, 2], [0, 1], new double[1])).Message);
}
