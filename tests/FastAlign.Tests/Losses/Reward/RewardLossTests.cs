using FastAlign.Alignment;
using FastAlign.Core;

namespace FastAlign.Tests.Losses;

/// <summary>Losses of scores by hand, by finite differences, in closed form, at extremes, in pieces.</summary>
public sealed class RewardLossTests
{
    private static readonly double Ln2 = Math.Log(2);

    private static readonly double[] Scores = [0.5, -0.25, 1.5, 2, -1, -0.75];

    public static TheoryData<string> PairNames() => ["bradley_terry", "cost"];

    public static TheoryData<string> ScoreNames() => ["bradley_terry", "cost", "plackett_luce", "binary", "prm"];

    [Fact]
    public void BradleyTerry_SoftLabelMarginAndCentering_MatchesHandComputation()
    {
        // x = 1.25 - 0.5 - 0.25 = 0.5; log(1 + e^-0.5) = 0.474076984180107; + 0.2 * 0.5 + 0.1 * 1.75^2.
        ScoreBatch batch = ScoreBatch.Pairs(1.25, 0.5).With(Column.Margin, 0.25).With(Column.SoftLabel, 0.8);

        (double loss, ScoreBatch.Derivatives d, _) = batch.Evaluate(Create("bradley_terry", new RewardOptions { Centering = 0.1 }));

        Assert.Equal(0.474076984180107 + 0.1 + 0.30625, loss, 1e-14);
        double slope = 0.2 - 0.377540668798145;
        Assert.Equal(slope + 0.35, d.Scores[0], 1e-14);
        Assert.Equal(-slope + 0.35, d.Scores[1], 1e-14);
    }

    [Fact]
    public void Cost_SafeAndHarmful_MatchesHandComputation()
    {
        // C_c = -1 (safe, g = -1), C_r = 2 (harmful, g = 1): log(1 + e^-3) + log(1 + e^-1) + log(1 + e^-2) + 0.1 * (1 + 4) / 2.
        ScoreBatch batch = ScoreBatch.Pairs(-1, 2).With(Column.Safe, 1, 0);

        (double loss, ScoreBatch.Derivatives d, MetricAccumulator metrics) = batch.Evaluate(Create("cost", new RewardOptions { CostRegularization = 0.1 }));

        Assert.Equal(Math.Log(1 + Math.Exp(-3)) + Math.Log(1 + Math.Exp(-1)) + Math.Log(1 + Math.Exp(-2)) + 0.25, loss, 1e-14);
        Assert.Equal((1 / (1 + Math.Exp(3))) + (1 / (1 + Math.E)) - 0.1, d.Scores[0], 1e-14);
        Assert.Equal(-3, metrics.Value(Metric.Margin));
    }

    [Fact]
    public void PlackettLuce_ThreeItems_MatchesHandComputation()
    {
        // Scores ln 3, ln 2, ln 1: p = 3/6 * 2/3.
        (double loss, ScoreBatch.Derivatives d, MetricAccumulator metrics) = ScoreBatch.Lists([Math.Log(3), Math.Log(2), 0], 3).Evaluate(new PlackettLuceLoss());

        Assert.Equal(Math.Log(3), loss, 1e-15);
        Assert.Equal([0.5 - 1, (2.0 / 6) + (2.0 / 3) - 1, (1.0 / 6) + (1.0 / 3)], d.Scores, (a, b) => Math.Abs(a - b) < 1e-15);
        Assert.Equal(1, metrics.Value(Metric.Accuracy));
    }

    [Fact]
    public void PlackettLuce_TwoItems_IsBradleyTerry()
    {
        (double loss, ScoreBatch.Derivatives d, _) = ScoreBatch.Pairs(Scores).Evaluate(new PlackettLuceLoss());
        (double expected, ScoreBatch.Derivatives dExpected, _) = ScoreBatch.Pairs(Scores).Evaluate(Create("bradley_terry"));

        Assert.Equal(expected, loss, 1e-15);
        Assert.Equal(dExpected.Scores, d.Scores, (a, b) => Math.Abs(a - b) < 1e-15);
    }

    [Fact]
    public void Binary_WeightedPositive_MatchesHandComputation()
    {
        // (3 log(1 + e^-1) + log(1 + e^0.5)) / 2
        ScoreBatch batch = ScoreBatch.Pairs(1, 0.5).With(Column.Label, 1, 0);

        (double loss, ScoreBatch.Derivatives d, MetricAccumulator metrics) = batch.Evaluate(new BinaryScoreLoss(3));

        Assert.Equal(((3 * Math.Log(1 + Math.Exp(-1))) + Math.Log(1 + Math.Exp(0.5))) / 2, loss, 1e-15);
        Assert.Equal(-3 / (1 + Math.E) / 2, d.Scores[0], 1e-15);
        Assert.Equal(0.5, metrics.Value(Metric.Accuracy));
    }

    [Fact]
    public void StepZero_EqualScores_AreClosedForms()
    {
        Assert.Equal(Ln2, ScoreBatch.Pairs(0, 0, 3, 3).Evaluate(Create("bradley_terry")).Loss, 1e-15);
        Assert.Equal(3 * Ln2, ScoreBatch.Pairs(0, 0).Evaluate(Create("cost")).Loss, 1e-15);
        Assert.Equal(Math.Log(24), ScoreBatch.Lists([1, 1, 1, 1], 4).Evaluate(new PlackettLuceLoss()).Loss, 1e-15);
        Assert.Equal(Ln2, ScoreBatch.Pairs(0, 0).With(Column.Label, 0, 1).Evaluate(new BinaryScoreLoss()).Loss, 1e-15);
        Assert.Equal(Math.Log(3), StepBatch([0, 0, 0, 2, 2, 2], 3, 1, 2).Evaluate(new StepLabelLoss()).Loss, 1e-15);
    }

    [Theory, MemberData(nameof(ScoreNames))]
    public void Gradient_AnyLoss_MatchesFiniteDifferences(string name) => Batch(name).AssertFiniteDifferences(Create(name, new RewardOptions { Centering = 0.3, PositiveWeight = 2 }));

    [Theory, MemberData(nameof(PairNames))]
    public void Evaluate_ExtremeScores_IsFinite(string name)
    {
        (double loss, ScoreBatch.Derivatives d, _) = ScoreBatch.Pairs(-800, 800, 1e9, -1e9).With(Column.Safe, 0, 1, 1, 0).Evaluate(Create(name));

        Assert.True(double.IsFinite(loss));
        Assert.All(d.Scores, slope => Assert.True(double.IsFinite(slope)));
    }

    [Fact]
    public void PlackettLuce_ExtremeScores_IsLinearInTheTail()
    {
        (double loss, ScoreBatch.Derivatives d, _) = ScoreBatch.Lists([-1e9, 0, 1e9], 3).Evaluate(new PlackettLuceLoss());

        Assert.Equal(3e9, loss);
        Assert.Equal([-1, -1, 2], d.Scores);
    }

    [Fact]
    public void StepLabels_IgnoredRow_HasNoPart()
    {
        (double loss, ScoreBatch.Derivatives d, MetricAccumulator metrics) = StepBatch([1, 2, double.NaN, 5, 0, 1], 2, 1, -100, 0).Evaluate(new StepLabelLoss(Normalizer.Fixed(2)));

        Assert.Equal((Math.Log(1 + Math.Exp(-1)) + Math.Log(1 + Math.E)) / 2, loss, 1e-15);
        Assert.Equal([0, 0], d.Scores[2..4]);
        Assert.Equal(0.5, metrics.Value(Metric.Accuracy));
    }

    [Fact]
    public void Weights_OfPairs_ScaleLossAndGradient()
    {
        (double loss, ScoreBatch.Derivatives d, _) = ScoreBatch.Pairs(1, 0, 5, 0).With(Column.ExampleWeight, 2, 0).Evaluate(Create("bradley_terry"));

        Assert.Equal(Math.Log(1 + Math.Exp(-1)), loss, 1e-15);
        Assert.Equal([0, 0], d.Scores[2..]);
    }

    [Theory, InlineData("bradley_terry"), InlineData("cost"), InlineData("plackett_luce")]
    public void Evaluate_SplitIntoMicroBatches_AddsUpToTheWhole(string name)
    {
        ILoss loss = Create(name);
        (double whole, ScoreBatch.Derivatives d, _) = ScoreBatch.Pairs(Scores).Evaluate(loss);
        var metrics = new MetricAccumulator(MetricAveraging.Items);
        StepCounts step = ScoreBatch.Pairs(Scores).Counts;
        double sum = 0;
        var pieces = new List<double>();
        foreach (double[] piece in new[] { Scores[..4], Scores[4..] })
        {
            double[] dPiece = new double[piece.Length];
            sum += ScoreBatch.Pairs(piece).Evaluate(loss, step, new LossGradients { LogProb = [], Scores = dPiece }, metrics);
            pieces.AddRange(dPiece);
        }

        Assert.Equal(whole, sum, 1e-15);
        Assert.Equal(d.Scores, pieces);
    }

    [Theory, MemberData(nameof(ScoreNames))]
    public void Evaluate_Repeated_AllocatesNothing(string name)
    {
        ScoreBatch batch = Batch(name);
        ILoss loss = Create(name);
        double[] d = new double[batch.Scores.Length];
        var metrics = new MetricAccumulator(MetricAveraging.MicroBatches);
        batch.Evaluate(loss, batch.Counts, new LossGradients { LogProb = [], Scores = d }, metrics);

        long before = GC.GetAllocatedBytesForCurrentThread();
        metrics.Reset();
        batch.Evaluate(loss, batch.Counts, new LossGradients { LogProb = [], Scores = d }, metrics);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Evaluate_SequenceWithoutRow_SaysWhich()
    {
        var batch = new ScoreBatch { Scores = [1], RowStarts = [0, 1, 1], ExampleStarts = [0, 2] };

        Assert.Contains("sequence 1", Assert.Throws<ShapeException>(() => batch.Evaluate(Create("bradley_terry"))).Message);
    }

    [Fact]
    public void Create_UnknownName_ListsTheKnownOnes() =>
        Assert.Contains("plackett_luce", Assert.Throws<InputException>(() => Create("bradley")).Message);

    [Fact]
    public void Create_EveryListedName_MakesTheLossOfThatName() => Assert.All(RewardLosses.Names, name => Assert.Equal(name, RewardLosses.Create(name, new RewardOptions()).Name));

    public static TheoryData<string, RewardOptions> BadOptions() => new()
    {
        { "center_rewards_coefficient", new RewardOptions { Centering = -1 } },
        { "positive_weight", new RewardOptions { PositiveWeight = 0 } },
        { "cost_regularization", new RewardOptions { CostRegularization = double.NaN } },
        { "length_coefficient", new RewardOptions { LengthCoefficient = -1 } },
        { "orthogonality_coefficient", new RewardOptions { OrthogonalityCoefficient = double.PositiveInfinity } },
        { "contrast_coefficient", new RewardOptions { ContrastCoefficient = -1 } },
        { "contrast_samples", new RewardOptions { ContrastSamples = 0 } },
    };

    [Theory, MemberData(nameof(BadOptions))]
    public void Options_OutOfRange_NamesTheOption(string option, RewardOptions options) =>
        Assert.StartsWith(option, Assert.Throws<InputException>(() => Create("bradley_terry", options)).Message);

    private static ILoss Create(string name, RewardOptions? options = null) =>
        name == "prm" ? new StepLabelLoss() : RewardLosses.Create(name, options ?? new RewardOptions());

    private static ScoreBatch Batch(string name) => name switch
    {
        "prm" => StepBatch(Scores, 2, 1, 0, 1),
        "binary" => ScoreBatch.Pairs(Scores).With(Column.Label, 1, 0, 0.25, 1, 0, 0),
        "plackett_luce" => ScoreBatch.Lists(Scores, 4, 2),
        _ => ScoreBatch.Pairs(Scores).With(Column.Margin, 0.5, 0, 1).With(Column.SoftLabel, 0.9, 1, 0.5).With(Column.Safe, 1, 0, 0, 0, 1, 1),
    };

    private static ScoreBatch StepBatch(double[] scores, int labels, params double[] classes) =>
        new ScoreBatch { Scores = scores, Labels = labels, RowStarts = [0, classes.Length], ExampleStarts = [0, 1] }.With(Column.StepLabel, classes);
}
