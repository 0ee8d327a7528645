using FastAlign.Alignment;
using Xunit;

namespace FastAlign.Tests.Losses;

public sealed class ListLossTests
{
    private static readonly double[][] Policy = [[-1, -2], [-0.5], [-3, -1, -0.2], [-0.7], [-2.5, -0.3]];
    private static readonly double[][] Reference = [[-1.5, -1], [-1.2], [-2, -1.5, -0.9], [-0.2], [-2, -0.8]];
    private static readonly double[] Labels = [0.4, 0.9, 0.1, 0.75, 0.2];

    public static TheoryData<string> Names() => [.. PairLosses.ListNames];

    [Theory, MemberData(nameof(Names))]
    public void Evaluate_Lists_GradientMatchesFiniteDifferences(string name)
    {
        foreach (bool isMean in new[] { false, true })
        {
            LossAssert.FiniteDifferences(Lists(2, 3), PairLosses.List(new ListOptions { LossType = name, Beta = 0.4, IsMean = isMean }));
        }
    }

    [Theory]
    [InlineData("lambda", double.NaN)]
    [InlineData("logistic", 6.9314718055994531)]
    [InlineData("hinge", 10)]
    [InlineData("list_mle", 4.7874917427820459)]
    [InlineData("softmax", 1.6094379124341003)]
    [InlineData("mse", 1.5825)]
    [InlineData("sigmoid", 3.4657359027997265)]
    public void Evaluate_StepZero_IsTheClosedForm(string name, double expected)
    {
        // Ten ordered pairs; log 5!; log 5; sum of psi^2; 5 ln 2.
        PairBatch batch = new() { RowStarts = PairBatch.Starts(Policy), LogProb = [.. Policy.SelectMany(r => r)], ReferenceLogProb = [.. Policy.SelectMany(r => r)], SequencesPerExample = 5, Columns = [(Column.Reward, Labels)] };
        double value = batch.Evaluate(PairLosses.List(new ListOptions { LossType = name })).Loss;

        if (name == "lambda")
        {
            // All scores are 0: ranks are the order of the data, 1 to 5.
            expected = 0;
            for (int i = 0; i < 5; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    double gain = Math.Abs(Math.Pow(2, Labels[i]) - Math.Pow(2, Labels[j]));
                    expected += gain * Math.Abs((1 / Math.Log(2 + i)) - (1 / Math.Log(2 + j))) * Math.Log(2);
                }
            }
        }

        Assert.Equal(expected, value, 1e-14 * Math.Max(1, expected));
    }

    [Theory]
    [InlineData("logistic", 1)]
    [InlineData("list_mle", 1)]
    [InlineData("lambda", 0.3)]
    public void Evaluate_TwoCompletions_IsDpo(string name, double gain)
    {
        // Labels 1 and log2(1.7): gains 1 and 0.7, discounts log 2 and log 3 whichever way the model ranks.
        double weight = name == "lambda" ? gain * ((1 / Math.Log(2)) - (1 / Math.Log(3))) : 1;
        PairBatch list = PairBatch.Of(Policy[..2], Reference[..2], (Column.Reward, [1, Math.Log2(1.7)]));
        (double dpo, double[] dDpo, _) = PairBatch.Of(Policy[..2], Reference[..2]).Evaluate(PairLosses.Dpo(new DpoOptions { Beta = 0.4 }));

        (double value, double[] d, _) = list.Evaluate(PairLosses.List(new ListOptions { LossType = name, Beta = 0.4 }));

        Assert.Equal(weight * dpo, value, 1e-15);
        Assert.All(dDpo.Zip(d), pair => Assert.Equal(weight * pair.First, pair.Second, 1e-15));
    }

    [Theory, MemberData(nameof(Names))]
    public void Evaluate_SplitIntoMicroBatches_AddsUpToTheWhole(string name)
    {
        ILoss loss = PairLosses.List(new ListOptions { LossType = name });
        (double whole, double[] gradient, _) = Lists(2, 3).Evaluate(loss);
        PairBatch first = Part(0, 2);
        PairBatch rest = Part(2, 5);
        var counts = new StepCounts(5, 9) { Examples = 2 };
        double[] dFirst = new double[first.LogProb.Length];
        double[] dRest = new double[rest.LogProb.Length];
        var metrics = new MetricAccumulator(MetricAveraging.Items);

        double sum = first.Evaluate(loss, counts, dFirst, metrics) + rest.Evaluate(loss, counts, dRest, metrics);

        Assert.Equal(whole, sum, 1e-14);
        Assert.Equal(gradient, dFirst.Concat(dRest));
    }

    [Theory, MemberData(nameof(Names))]
    public void Evaluate_Repeated_AllocatesNothing(string name)
    {
        PairBatch batch = Lists(2, 3);
        ILoss loss = PairLosses.List(new ListOptions { LossType = name });
        double[] d = new double[batch.LogProb.Length];

        LossAssert.AllocatesNothing(metrics => batch.Evaluate(loss, batch.Counts, d, metrics));
    }

    [Fact]
    public void Evaluate_ExtremeScores_AreFinite()
    {
        double[][] policy = [[1e5], [-1e5], [0]];
        double[][] reference = [[0], [0], [0]];
        foreach (string name in PairLosses.ListNames)
        {
            PairBatch batch = new()
            {
                RowStarts = PairBatch.Starts(policy),
                LogProb = [.. policy.SelectMany(r => r)],
                ReferenceLogProb = [.. reference.SelectMany(r => r)],
                SequencesPerExample = 3,
                Columns = [(Column.Reward, [0, 1, 0.5])],
            };
            (double value, double[] d, _) = batch.Evaluate(PairLosses.List(new ListOptions { LossType = name }));
            Assert.True(double.IsFinite(value) && Array.TrueForAll(d, double.IsFinite), name);
        }
    }

    [Fact]
    public void ImplicitReward_TokensAndSpans_AreBetaTimesLogRatios()
    {
        double[] rewards = new double[5];
        ImplicitReward.Tokens([-1, -2, -0.5, -3, -1], [-2, -1, -0.5, -1, -4], 0.5, rewards);
        double[] spans = new double[2];
        ImplicitReward.Spans(rewards, [0, 2, 5], spans);

        // An error planted at the fourth token shows as the lowest reward.
        Assert.Equal([0.5, -0.5, 0, -1, 1.5], rewards);
        Assert.Equal([0, 0.5], spans);
    }

    private static PairBatch Part(int first, int end) => new()
    {
        RowStarts = PairBatch.Starts(Policy[first..end]),
        LogProb = [.. Policy[first..end].SelectMany(row => row)],
        ReferenceLogProb = [.. Reference[first..end].SelectMany(row => row)],
        SequencesPerExample = end - first,
        Columns = [(Column.Reward, Labels[first..end])],
    };

    /// <summary>One list of two and one of three completions.</summary>
    private static PairBatch Lists(int first, int second) => new()
    {
        RowStarts = PairBatch.Starts(Policy),
        LogProb = [.. Policy.SelectMany(row => row)],
        ReferenceLogProb = [.. Reference.SelectMany(row => row)],
        ExampleStarts = [0, first, first + second],
        Columns = [(Column.Reward, Labels)],
    };
}
