using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>Ensembles of reward models: members by themselves, put together, and their bootstraps.</summary>
public sealed class EnsembleLossTests
{
    private static readonly double[] First = [0.5, -0.25, 1, 2];
    private static readonly double[] Second = [-1, 0.75, 0, -3];

    [Fact]
    public void Evaluate_TwoMembers_IsTheMeanOfBothOnTheirBootstraps()
    {
        double[] interleaved = [.. First.Zip(Second).SelectMany(pair => new[] { pair.First, pair.Second })];
        var columns = new ColumnSet();
        ((double[])[2, 0]).CopyTo(columns.Take(Column.Member(0), 2));
        ((double[])[1, 3]).CopyTo(columns.Take(Column.Member(1), 2));
        ((double[])[0.5, 1]).CopyTo(columns.Take(Column.ExampleWeight, 2));
        ILoss ensemble = RewardLosses.Create("bradley_terry", new RewardOptions { Members = 2 });

        (double loss, double[] gradient) = Evaluate(ensemble, interleaved, 2, columns);

        (double one, double[] dOne) = Evaluate(Single(), First, 1, Weights(1, 0));
        (double two, double[] dTwo) = Evaluate(Single(), Second, 1, Weights(0.5, 3));
        Assert.Equal((one + two) / 2, loss, 1e-15);
        Assert.Equal(dOne.Zip(dTwo).SelectMany(pair => new[] { pair.First / 2, pair.Second / 2 }), gradient);
    }

    [Theory]
    [InlineData(EnsembleRule.Mean, 2)]
    [InlineData(EnsembleRule.Min, 1)]
    [InlineData(EnsembleRule.MeanMinusStd, 0.5857864376269049)]
    public void Of_ThreeMembers_IsTheHandComputedReward(EnsembleRule rule, double expected)
    {
        // Mean 2, deviations -1, -1, 2: variance 2.
        Assert.Equal(expected, EnsembleReward.Of([1, 1, 4], rule), 1e-15);
    }

    [Fact]
    public void Data_Members_DrawEveryExampleOnceOnTheWhole()
    {
        JudgedExample[] examples = [.. Enumerable.Range(0, 2000).Select(i => new JudgedExample(i, [1], [[2], [3]], [0, 0]))];
        var data = new JudgedData(examples) { Members = 2, Seed = 5 };
        var columns = new ColumnSet();

        data.Fill([.. Enumerable.Range(0, examples.Length)], columns);

        // A Poisson count has mean and variance 1: the mean of 2000 errs by 0.0224, four times of which no seed in 15000 exceeds.
        double[] first = columns.Values(Column.Member(0)).ToArray();
        double[] second = columns.Values(Column.Member(1)).ToArray();
        Assert.Equal(1, first.Average(), 0.09);
        Assert.Equal(Math.Exp(-1), first.Count(w => w == 0) / 2000.0, 0.045);
        Assert.NotEqual(first, second);
        data.Fill([7, 3], columns);
        Assert.Equal([first[7], first[3]], columns.Values(Column.Member(0)).ToArray());
    }

    [Theory]
    [InlineData("odin", 2)]
    [InlineData("bradley_terry", 0)]
    public void Create_BadEnsemble_IsNamed(string loss, int members) => Assert.Contains(
        "ensemble", Assert.Throws<InputException>(() => RewardLosses.Create(loss, new RewardOptions { Members = members })).Message, StringComparison.Ordinal);

    private static ILoss Single() => RewardLosses.Create("bradley_terry", new RewardOptions());

    private static ColumnSet Weights(params double[] weights)
    {
        var columns = new ColumnSet();
        weights.CopyTo(columns.Take(Column.ExampleWeight, weights.Length));
        return columns;
    }

    private static (double Loss, double[] Gradient) Evaluate(ILoss loss, double[] scores, int labels, ColumnSet columns)
    {
        double[] gradient = new double[scores.Length];
        double value = loss.Evaluate(
            new LossInputs { LogProb = [], RowStarts = [0, 1, 2, 3, 4], ExampleStarts = [0, 2, 4], Scores = scores, Labels = labels, Columns = columns },
            new StepCounts(4, 4) { Examples = 2 },
            new LossGradients { LogProb = [], Scores = gradient },
            new MetricAccumulator(MetricAveraging.Items));
        return (value, gradient);
    }
}
