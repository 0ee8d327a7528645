using FastAlign.Alignment;
using Xunit;

namespace FastAlign.Tests.Evaluation;

/// <summary>Figures of rankings by hand, and against counting.</summary>
public sealed class RankingTests
{
    private static readonly double[] Labels = [3, 1, 2, 2];

    [Fact]
    public void Figures_BestOrder_AreOne()
    {
        double[] scores = [0.9, -2, 0.5, 0.4];

        Assert.Equal(1, Ranking.PairAccuracy(scores, Labels));
        Assert.Equal(1, Ranking.Ndcg(scores, Labels), 1e-15);
        Assert.Equal(1, Ranking.KendallTau([0.9, -2, 0.5], [3, 1, 2]));
        Assert.Equal(-1, Ranking.KendallTau([-0.9, 2, -0.5], [3, 1, 2]));
    }

    [Fact]
    public void Figures_Ties_AreTheHandComputedOnes()
    {
        double[] scores = [1, 1, 2, 0];

        // Pairs of different labels: (3,1) tied, (3,2) wrong, (3,2) right, (1,2) right, (1,2) wrong; (2,2) is a tie of labels.
        Assert.Equal(2.0 / 5, Ranking.PairAccuracy(scores, Labels));
        Assert.Equal(0 / Math.Sqrt(5 * 5), Ranking.KendallTau(scores, Labels));

        // Gains 1, 0, sqrt 2 - 1 twice. Order: the third, then of the two equal scores the lower label first, then the fourth.
        double half = Math.Sqrt(2) - 1;
        double found = half + (0 / Math.Log2(3)) + (1 / Math.Log2(4)) + (half / Math.Log2(5));
        double best = 1 + (half / Math.Log2(3)) + (half / Math.Log2(4));
        Assert.Equal(found / best, Ranking.Ndcg(scores, Labels), 1e-15);
    }

    [Fact]
    public void KendallTau_OneTieEachSide_DividesByBothRoots()
    {
        // Concordant (1,3), (2,3); the pair (1,2) is tied in scores, none in labels.
        Assert.Equal(2 / Math.Sqrt(3 * 2), Ranking.KendallTau([1, 1, 2], [1, 2, 3]), 1e-15);
    }

    [Fact]
    public void AreaUnderCurve_RandomScoresWithTies_IsTheShareOfPairs()
    {
        double[] scores = [.. Enumerable.Range(0, 40).Select(i => Math.Round(5 * Math.Sin(i * 1.7)))];
        double[] labels = [.. Enumerable.Range(0, 40).Select(i => i % 3 == 0 ? 1.0 : 0.0)];
        double sum = 0;
        int pairs = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            for (int j = 0; j < scores.Length; j++)
            {
                if (labels[i] > labels[j])
                {
                    sum += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
                    pairs++;
                }
            }
        }

        Assert.Equal(sum / pairs, Ranking.AreaUnderCurve(scores, labels), 1e-13);
    }

    [Fact]
    public void Figures_NothingToOrder_AreNaN()
    {
        Assert.True(double.IsNaN(Ranking.PairAccuracy([1, 2], [3, 3])));
        Assert.True(double.IsNaN(Ranking.Ndcg([1, 2], [3, 3])));
        Assert.True(double.IsNaN(Ranking.AreaUnderCurve([1, 2], [1, 1])));
    }
}
