using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Advantages;

/// <summary>Shaped rewards of recorded rollouts, by hand.</summary>
public sealed class RewardShapingTests
{
    [Fact]
    public void Apply_EveryPart_IsInTheStatedOrder()
    {
        // Length 4 of at most 5 with a slope of 2 tokens: half of the penalty of 3. Then the missing end, then the bounds.
        var shaping = new RewardShaping { MissingEosPenalty = 2, OverlongMargin = 2, Longest = 5, OverlongFactor = 3, Least = -1, Most = 0.75 };
        double[] rewards = [4, 3, 1, double.NaN];

        shaping.Apply([Rollout(0, 1), Rollout(0, 4), Rollout(0, 1, isEnded: false), Rollout(0, 1)], rewards);

        Assert.Equal([0.75, 0.75, -1, double.NaN], rewards);
        rewards = [0.5, 1.5];
        shaping.Apply([Rollout(0, 1), Rollout(0, 4)], rewards);
        Assert.Equal([0.5, 0], rewards);
    }

    /// <summary>TRL's RLOO: the sum of old - ref times its price is taken from the clipped reward, before the baseline of the others.</summary>
    [Fact]
    public void Apply_KlInReward_ComesAfterTheBounds()
    {
        var data = new RolloutData([Rollout(0, 2) with { Rewards = [5] }, Rollout(0, 1) with { Rewards = [0] }]);
        data.SetOldLogProbs(0, [-1, -2]);
        data.SetOldLogProbs(1, [-0.5]);
        var options = new AdvantageOptions
        {
            Estimator = AdvantageEstimator.LeaveOneOut,
            Shaping = new RewardShaping { Most = 1, KlCoefficient = 0.5 },
        };

        options.Apply(data, [[-1.5, -3], [-0.25]]);

        // 1 - 0.5 (0.5 + 1) = 0.25 and 0 - 0.5 (-0.25) = 0.125.
        Assert.Equal([0.125, -0.125], Advantages(data));
    }

    [Fact]
    public void Apply_SeveralRewards_AreWeighedBeforeShaping()
    {
        var data = new RolloutData([Rollout(0, 1) with { Rewards = [1, 10] }, Rollout(0, 1, isEnded: false) with { Rewards = [2, double.NaN] }]);
        var options = new AdvantageOptions { Scale = RewardScale.None, Weights = [2, 0.1], Shaping = new RewardShaping { MissingEosPenalty = 1 } };

        options.Apply(data);

        // 2 + 1 = 3 and 4 - 1 = 3; without the weights or the penalty they would differ.
        Assert.Equal([0, 0], Advantages(data));
    }

    /// <summary>Token rewards keep their places: what shaping takes lies on the last token, the KL on each. Gamma 0 makes returns the rewards themselves.</summary>
    [Fact]
    public void Apply_TokenRewards_KeepTheirPlaces()
    {
        var data = new RolloutData([Rollout(0, 3, isEnded: false) with { Rewards = [6], TokenRewards = [1, 2, 3] }]);
        data.SetOldLogProbs(0, [-1, -1, -1]);
        var options = new AdvantageOptions
        {
            Estimator = AdvantageEstimator.ReinforcePlusPlus,
            Gamma = 0,
            Shaping = new RewardShaping { MissingEosPenalty = 2, KlCoefficient = 2 },
        };

        options.Apply(data, [[-1.5, -1, -0.5]]);

        // 1 - 1, 2 - 0, 3 - 2 + 1: whitened.
        double[] expected = [0, 2, 2];
        double mean = expected.Average();
        double[] whitened = Tokens(data);
        double scale = whitened[1] / (2 - mean);
        Assert.Equal(expected.Select(value => (value - mean) * scale), whitened, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.True(scale > 0.5);
    }

    /// <summary>GDPO: penalties are rewards of their own, normalised in their group; their prices are weights.</summary>
    [Fact]
    public void Apply_NormalizedFirst_TakesPenaltiesForRewards()
    {
        // Two groups of two; bounds cut 9 to 3. Of the first group one has no end, of the second one is a token too long, and KLs are 0.5 and 0.
        var data = new RolloutData(
        [
            Rollout(0, 1) with { Rewards = [1] }, Rollout(0, 1, isEnded: false) with { Rewards = [9] },
            Rollout(1, 4) with { Rewards = [2] }, Rollout(1, 1) with { Rewards = [2] },
            Rollout(2, 1) with { Rewards = [double.NaN] },
        ]);
        for (int i = 0; i < data.Count; i++)
        {
            data.SetOldLogProbs(i, [.. Enumerable.Repeat(-1.0, data.Rollouts[i].Completion.Length)]);
        }

        double[][] reference = [.. data.Rollouts.Select(rollout => Enumerable.Repeat(-1.0, rollout.Completion.Length).ToArray())];
        reference[2][0] = -1.5;
        var options = new AdvantageOptions
        {
            IsNormalizedFirst = true,
            Shaping = new RewardShaping { MissingEosPenalty = 0.5, OverlongMargin = 2, Longest = 5, OverlongFactor = 0.25, Most = 3, KlCoefficient = 2 },
        };

        options.Apply(data, reference);

        double first = Half(1, 3) + (0.5 * Half(0, -1));
        double second = Half(2, 2) + (0.25 * Half(-0.5, 0)) + (2 * Half(-0.5, 0));
        double deviation = Math.Sqrt(2 * ((first * first) + (second * second)) / 3);
        double[] expected = [.. ((double[])[first, -first, second, -second]).Select(sum => sum / (deviation + 1e-4)), 0];
        Assert.Equal(expected, Advantages(data), (a, b) => Math.Abs(a - b) < 1e-14);

        // What the first of two is after normalising both; deviation |a - b| / sqrt 2.
        static double Half(double a, double b) => (a - b) / 2 / ((Math.Abs(a - b) / Math.Sqrt(2)) + 1e-4);
    }

    [Theory]
    [InlineData("missing_eos_penalty")]
    [InlineData("soft_punish_cache")]
    [InlineData("overlong_penalty_factor")]
    [InlineData("reward_clip_range")]
    [InlineData("kl_coef")]
    [InlineData("multi_objective_aggregation")]
    [InlineData("reward_weights")]
    public void Apply_BadOption_IsNamed(string option)
    {
        RewardShaping shaping = option switch
        {
            "missing_eos_penalty" => new() { MissingEosPenalty = -1 },
            "soft_punish_cache" => new() { OverlongMargin = 9, Longest = 8 },
            "overlong_penalty_factor" => new() { OverlongFactor = double.NaN },
            "reward_clip_range" => new() { Least = 1, Most = 0 },
            "kl_coef" => new() { KlCoefficient = -0.1 },
            _ => new(),
        };
        bool isMixed = option == "multi_objective_aggregation";
        var options = new AdvantageOptions { Shaping = shaping, IsNormalizedFirst = isMixed, Estimator = isMixed ? AdvantageEstimator.LeaveOneOut : AdvantageEstimator.Group, Weights = option == "reward_weights" ? [1, 2] : [] };
        var data = new RolloutData([Rollout(0, 1) with { Rewards = [1] }]);

        Assert.Contains(option, Assert.Throws<InputException>(() => options.Apply(data)).Message, StringComparison.Ordinal);
    }

    private static RolloutExample Rollout(int group, int tokens, bool isEnded = true) => new(0, group, [1], [.. Enumerable.Repeat(2, tokens)]) { IsEnded = isEnded };

    private static double[] Advantages(RolloutData data)
    {
        var columns = new ColumnSet();
        data.Fill([.. Enumerable.Range(0, data.Count)], columns);
        return columns.Values(Column.SequenceAdvantage).ToArray();
    }

    private static double[] Tokens(RolloutData data)
    {
        var columns = new ColumnSet();
        data.Fill([.. Enumerable.Range(0, data.Count)], columns);
        return columns.Values(Column.Advantage).ToArray();
    }
}
