using FastAlign.Alignment;
using FastAlign.Core;

namespace FastAlign.Tests.Rewards;

public sealed class EnsembleRewardTests
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
}
