using FastAlign.Alignment;
using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>Options of paired losses against hand computations and identities between losses.</summary>
public sealed class PairOptionTests
{
    // c = 3, r = -1 over 3 and 2 tokens.
    private static readonly double[][] Policy = [[-1, -2, -0.5], [-2, -1.5]];
    private static readonly double[][] Reference = [[-2, -3, -1.5], [-1.5, -1]];

    [Fact]
    public void LdAlpha_TrlDialect_WeighsTailsOfPolicyAndReference()
    {
        // The chosen tail is its third token, log-ratio 1: c = 2 + 0.5, r = -1, x = 0.1 * 3.5.
        Assert.Equal(LogSigmoidLoss(0.35), Value(new DpoOptions { TailWeight = 0.5 }), 1e-15);
    }

    [Fact]
    public void LdAlpha_LlamaFactoryDialect_WeighsTailsOfPolicyOnly()
    {
        // Policy sum -3 - 0.25, reference -6.5: c = 3.25, x = 0.1 * 4.25.
        Assert.Equal(LogSigmoidLoss(0.425), Value(new DpoOptions { TailWeight = 0.5, Dialect = Dialect.LlamaFactory }), 1e-15);
    }

    [Theory]
    [InlineData(Dialect.Trl, 1 - -0.5)]
    [InlineData(Dialect.LlamaFactory, 1 - -0.5)]
    [InlineData(Dialect.Original, 4)]
    [InlineData(Dialect.OpenRlhf, 4)]
    public void Ipo_Dialects_DivideByLengthsOrNot(Dialect dialect, double gap) =>
        Assert.Equal(Math.Pow(gap - 5, 2), Value(new DpoOptions { LossTypes = ["ipo"], Dialect = dialect }), 1e-14);

    [Fact]
    public void Sft_Dialects_AverageOverTokensOrPairs()
    {
        double[][] two = [[-1, -2, -0.5], [-2, -1.5], [-4], [-1]];
        PairBatch batch = PairBatch.Of(two, two);

        Assert.Equal(7.5 / 4, batch.Evaluate(PairLosses.Dpo(new DpoOptions { LossTypes = ["sft"] })).Loss, 1e-15);
        Assert.Equal(((3.5 / 3) + 4) / 2, batch.Evaluate(PairLosses.Dpo(new DpoOptions { LossTypes = ["sft"], Dialect = Dialect.Original })).Loss, 1e-15);
    }

    [Fact]
    public void Mixture_IsTheWeightedSumOfItsParts()
    {
        PairBatch batch = PairCases.Batch("dpo/sigmoid", 4, 0.5);
        (double mixed, double[] d, _) = batch.Evaluate(PairLosses.Dpo(new DpoOptions { LossTypes = ["sigmoid", "ipo", "sft"], LossWeights = [0.8, 0.2, 1.5] }));

        double[] sum = new double[d.Length];
        double expected = 0;
        foreach ((string name, double weight) in new[] { ("sigmoid", 0.8), ("ipo", 0.2), ("sft", 1.5) })
        {
            (double part, double[] gradient, _) = batch.Evaluate(PairLosses.Dpo(new DpoOptions { LossTypes = [name] }));
            expected += weight * part;
            sum = [.. sum.Zip(gradient, (a, b) => a + (weight * b))];
        }

        Assert.Equal(expected, mixed, 1e-14);
        Assert.All(sum.Zip(d), pair => Assert.Equal(pair.First, pair.Second, 1e-15));
    }

    [Fact]
    public void Margin_IsTakenFromTheRewardDifference() =>
        Assert.Equal(LogSigmoidLoss(0.4 - (0.5 * 2)), Batch((Column.Margin, [2])).Evaluate(PairLosses.Dpo(new DpoOptions { MarginScale = 0.5 })).Loss, 1e-15);

    [Fact]
    public void SoftLabel_Half_IsTheMeanOfBothOrders()
    {
        double value = Batch((Column.SoftLabel, [0.5])).Evaluate(PairLosses.Dpo(new DpoOptions())).Loss;

        Assert.Equal((LogSigmoidLoss(0.4) + LogSigmoidLoss(-0.4)) / 2, value, 1e-15);
    }

    [Fact]
    public void Weight_ScalesLossAndGradient()
    {
        (double value, double[] d, _) = Batch((Column.ExampleWeight, [3])).Evaluate(PairLosses.Dpo(new DpoOptions()));
        (double plain, double[] dPlain, _) = Batch().Evaluate(PairLosses.Dpo(new DpoOptions()));

        Assert.Equal(3 * plain, value, 1e-15);
        Assert.Equal(dPlain.Select(slope => 3 * slope), d);
    }

    [Fact]
    public void Mmpo_InfiniteMargin_IsDpoBitForBit()
    {
        (double dpo, double[] dDpo, _) = Batch().Evaluate(PairLosses.Dpo(new DpoOptions()));
        (double mmpo, double[] dMmpo, _) = Batch((Column.Margin, [double.PositiveInfinity])).Evaluate(PairLosses.Dpo(new DpoOptions { LossTypes = ["mmpo"] }));

        Assert.Equal(dpo, mmpo);
        Assert.Equal(dDpo, dMmpo);
    }

    [Fact]
    public void Robust_FlippedLabels_IsUnbiased()
    {
        // (1 - e) L(x) + e L(-x) = -log sigmoid(x): what DPO would be on clean labels.
        var options = new DpoOptions { LossTypes = ["robust"], LabelSmoothing = 0.2 };
        double right = Value(options);
        double flipped = PairBatch.Of([Policy[1], Policy[0]], [Reference[1], Reference[0]]).Evaluate(PairLosses.Dpo(options)).Loss;

        Assert.Equal(LogSigmoidLoss(0.4), (0.8 * right) + (0.2 * flipped), 1e-15);
    }

    [Theory]
    [InlineData("forward_kl", 0.5, 1 - 0.049787068367863943)]
    [InlineData("js_divergence", 0.5, 0.69314718055994531 - 0.048587351573742053)]
    [InlineData("alpha_divergence", 0.5, (0.22313016014842982 - 1) / -0.5)]
    public void Divergence_TransformsEachLogRatio(string divergence, double alpha, double chosenScore)
    {
        // Rejected scores at r = -1.
        double rejectedScore = divergence switch
        {
            "forward_kl" => 1 - Math.E,
            "js_divergence" => Math.Log(2) - Math.Log(1 + Math.E),
            _ => (Math.Exp(0.5) - 1) / -0.5,
        };

        Assert.Equal(LogSigmoidLoss(0.1 * (chosenScore - rejectedScore)), Value(new DpoOptions { Divergence = divergence, DivergenceAlpha = alpha }), 1e-14);
    }

    [Fact]
    public void AlphaDivergence_AlphaNearOne_NearsReverseKl()
    {
        // s = x + (alpha - 1) x^2 / 2 + ...: at alpha - 1 = 1e-5 scores are off by 4.5e-5 and 5e-6, the loss by beta sigmoid(-0.4) times that.
        double near = Value(new DpoOptions { Divergence = "alpha_divergence", DivergenceAlpha = 1 + 1e-5 });

        Assert.Equal(LogSigmoidLoss(0.4), near, 2e-6);
        Assert.Equal(Value(new DpoOptions()), Value(new DpoOptions { Divergence = "alpha_divergence", DivergenceAlpha = 1 }));
        Assert.Equal(Value(new DpoOptions()), Value(new DpoOptions { Divergence = "alpha_divergence", DivergenceAlpha = 0, Dialect = Dialect.Original }));
    }

    [Fact]
    public void Weighting_MultipliesByPolicyProbabilities()
    {
        PairBatch batch = new()
        {
            RowStarts = [0, 2, 3],
            LogProb = [-1, -2, -1.5],
            ReferenceLogProb = [-1, -2, -1.5],
            LogSumSquares = [-0.5, -0.7, -0.4],
        };

        (double value, double[] d, _) = batch.Evaluate(PairLosses.Dpo(new DpoOptions { IsProbabilityWeighted = true }));

        // exp((-0.5 - 1.3) / 2) exp(-1.1)
        double weight = Math.Exp(-0.9 - 1.1);
        Assert.Equal(weight * Math.Log(2), value, 1e-15);
        Assert.Equal([-0.05 * weight, -0.05 * weight, 0.05 * weight], d.Select(slope => slope), (a, b) => Math.Abs(a - b) < 1e-16);
    }

    [Fact]
    public void Aot_OnePair_IsDpo()
    {
        foreach (string name in new[] { "aot", "aot_unpaired" })
        {
            (double value, double[] d, _) = Batch().Evaluate(PairLosses.Dpo(new DpoOptions { LossTypes = [name] }));
            (double dpo, double[] dDpo, _) = Batch().Evaluate(PairLosses.Dpo(new DpoOptions()));
            Assert.Equal(dpo, value, 1e-15);
            Assert.All(dDpo.Zip(d), pair => Assert.Equal(pair.First, pair.Second, 1e-16));
        }

        Assert.True(PairLosses.Dpo(new DpoOptions { LossTypes = ["sft", "aot"] }).IsCoupled);
        Assert.False(PairLosses.Dpo(new DpoOptions { LossTypes = ["sft", "sigmoid"] }).IsCoupled);
    }

    [Fact]
    public void BcoPair_LlamaFactoryDialect_ShiftsByTheMeanOfTheStepsMeans()
    {
        PairLoss loss = PairLosses.Dpo(new DpoOptions { LossTypes = ["sigmoid", "bco_pair"], LossWeights = [0.75, 0.25], Dialect = Dialect.LlamaFactory });

        // beta c = 0.3, beta r = -0.1: delta = 0.1.
        Assert.Equal((0.75 * LogSigmoidLoss(0.4)) + (0.25 * 2 * LogSigmoidLoss(0.2)), Batch().Evaluate(loss).Loss, 1e-15);
        PairBatch two = PairBatch.Of([Policy[0], Policy[1], [-1], [-2]], [Reference[0], Reference[1], [-8], [-5]]);
        (double value, double[] d, MetricAccumulator metrics) = two.Evaluate(loss);

        // Step means 0.1 and (0.3 - 0.1 + 0.7 + 0.3) / 4 = 0.3: delta = 0.2, not the mean over pairs.
        double bco = (LogSigmoidLoss(0.3 - 0.2) + LogSigmoidLoss(0.2 + 0.1) + LogSigmoidLoss(0.7 - 0.2) + LogSigmoidLoss(0.2 - 0.3)) / 2;
        Assert.Equal((0.75 * LogSigmoidLoss(0.4)) + (0.25 * bco), value, 1e-15);
        Assert.Equal(0.2, metrics.Value(UnpairedMetrics.Delta), 1e-15);
        Assert.Equal(-0.1 * ((0.75 / (1 + Math.Exp(0.4))) + (0.25 / (1 + Math.Exp(0.1)))) / 2, d[0], 1e-16);
        Assert.True(loss.IsCoupled);
    }

    [Fact]
    public void BcoPair_LlamaFactoryDialect_ResumesAndEvaluatesOnItsMemory()
    {
        var options = new DpoOptions { LossTypes = ["bco_pair"], Dialect = Dialect.LlamaFactory };
        PairLoss trained = PairLosses.Dpo(options);
        Batch().Evaluate(trained);
        IReadOnlyList<double> state = trained.State;
        Assert.All(state, value => Assert.True(double.IsFinite(value)));
        PairLoss resumed = PairLosses.Dpo(options);
        resumed.State = state;

        ILoss evaluation = trained.ForEvaluation();
        PairBatch other = PairCases.Batch("dpo/bco_pair", 2, 0.5);
        Assert.Equal(0.1, other.Evaluate(evaluation).Metrics.Value(UnpairedMetrics.Delta), 1e-15);
        Assert.Equal(state, trained.State);
        Assert.False(evaluation.IsCoupled);
        Assert.Equal(other.Evaluate(trained).Loss, other.Evaluate(resumed).Loss);
        Assert.NotEqual(state, trained.State);
        Assert.Throws<InputException>(() => PairLosses.Dpo(new DpoOptions()).State = state);
        Assert.Throws<InputException>(() => PairLosses.Dpo(options with { LossTypes = ["bco_pair", "bco_pair"] }));
    }

    [Fact]
    public void Cpl_WeighsRejectedByBiasAndTokensByDiscount()
    {
        // S+ = 0.1 (1 + 0.5 + 0.25), S- = 0.1 (-0.5 - 0.25): x = 0.175 + 0.25 * 0.075
        double value = Value(new DpoOptions { LossTypes = ["cpl"], ContrastiveBias = 0.25, Discount = 0.5 });

        Assert.Equal(LogSigmoidLoss(0.175 + (0.25 * 0.075)), value, 1e-15);
    }

    [Fact]
    public void SrDpo_EmptyQualityPrompt_ScalesTheArgumentButNotTheGradient()
    {
        PairBatch batch = new()
        {
            RowStarts = PairBatch.Starts([Policy[0], Policy[1], Policy[0], Policy[1]]),
            LogProb = [.. Policy[0], .. Policy[1], .. Policy[0], .. Policy[1]],
            ReferenceLogProb = [.. Reference[0], .. Reference[1], .. Reference[0], .. Reference[1]],
            SequencesPerExample = 4,
        };

        (double value, double[] d, _) = batch.Evaluate(PairLosses.Dpo(new DpoOptions { LossTypes = ["sr_dpo"], RefinementWeight = 0.3 }));

        // beta (1 - lambda) d = 0.1 * 0.7 * 4
        Assert.Equal(LogSigmoidLoss(0.28), value, 1e-15);
        Assert.Equal(-0.1 / (1 + Math.Exp(0.28)), d[0], 1e-16);
        Assert.All(d[5..], slope => Assert.Equal(0, slope));
    }

    [Fact]
    public void Inpo_MixesReferenceAndSamplingPolicy()
    {
        var options = new DpoOptions { LossTypes = ["inpo"], Beta = 0.5, ReferenceShare = 0.25 };
        PairBatch batch = Batch((Column.OldLogProb, [-1, -1, -1, -2, -2]));

        // Policy -3.5 - -3.5 = 0; anchor 0.25 (-6.5 + 2.5) + 0.75 (-3 + 4) = -0.25; target 1.
        Assert.Equal(Math.Pow(0.25 - 1, 2), batch.Evaluate(PairLosses.Dpo(options)).Loss, 1e-15);

        // Without the sampling policy's log-probs it is the reference: c - r = 4.
        Assert.Equal(9, Value(options), 1e-14);
    }

    [Fact]
    public void Regressions_HaveTheTargetsOfTheirPapers()
    {
        PairBatch batch = Batch((Column.Margin, [0.6]));
        double Of(string name) => batch.Evaluate(PairLosses.Dpo(new DpoOptions { LossTypes = [name], Beta = 0.2 })).Loss;

        // c - r = 4
        Assert.Equal(Math.Pow((0.2 * 4) - 0.6, 2), Of("rebel"), 1e-15);
        Assert.Equal(Math.Pow(4 - (0.6 / 0.2), 2), Of("egpo"), 1e-14);
        Assert.Equal(Math.Pow(4 - (5.0 / 2), 2), Of("onpo"), 1e-14);
        double p = 1 / (1 + Math.Exp(-0.6));
        Assert.Equal((p * LogSigmoidLoss(0.8)) + ((1 - p) * LogSigmoidLoss(-0.8)), Of("dno"), 1e-15);
    }

    [Fact]
    public void Slic_IsHingeOnLogProbsAndSummedLikelihood()
    {
        // log pi_c = log pi_r = -3.5
        Assert.Equal(2 + (0.5 * 3.5), Batch().Evaluate(PairLosses.Cpo(new CpoOptions { LossType = "slic", SlicDelta = 2, LikelihoodWeight = 0.5 })).Loss, 1e-15);
    }

    [Fact]
    public void AlphaPo_LongCompletion_DoesNotUnderflow()
    {
        // p = e^-800 is 0 in double; (1 - p^-alpha) / alpha = (1 - e^80) / 0.1 is not.
        (double value, double[] d, _) = PairBatch.Of([[-800], [-801]], []).Evaluate(PairLosses.Cpo(new CpoOptions { Alpha = 0.1, LikelihoodWeight = 0, Beta = 1e-36 }));

        double x = 1e-36 * (Math.Exp(80.1) - Math.Exp(80)) / 0.1;
        Assert.Equal(LogSigmoidLoss(x), value, 1e-14);
        Assert.True(double.IsFinite(d[0]) && d[0] != 0);
    }

    [Theory]
    [InlineData("loss_weights", 0)]
    [InlineData("f_divergence_type", 1)]
    [InlineData("f_divergence_type", 2)]
    [InlineData("label_smoothing", 3)]
    [InlineData("use_weighting", 4)]
    [InlineData("ld_alpha", 5)]
    [InlineData("length_normalized", 6)]
    [InlineData("loss_type", 7)]
    [InlineData("loss_type", 8)]
    public void Dpo_BadOptions_NameTheOption(string option, int index)
    {
        DpoOptions[] bad =
        [
            new() { LossTypes = ["sigmoid", "sft"], LossWeights = [1] },
            new() { Divergence = "kl" },
            new() { LossTypes = ["apo_zero"], Divergence = "forward_kl" },
            new() { LossTypes = ["exo_pair"] },
            new() { LossTypes = ["aot"], IsProbabilityWeighted = true },
            new() { TailWeight = 1.5 },
            new() { LossTypes = ["ipo"], IsLengthNormalized = true },
            new() { LossTypes = [] },
            new() { LossTypes = ["sr_dpo", "sft"] },
        ];

        Assert.StartsWith(option, Assert.Throws<InputException>(() => PairLosses.Dpo(bad[index])).Message);
    }

    [Fact]
    public void OtherFamilies_BadOptions_NameTheOption()
    {
        Assert.StartsWith("loss_type", Assert.Throws<InputException>(() => PairLosses.Cpo(new CpoOptions { LossType = "dpo" })).Message);
        Assert.StartsWith("alpha", Assert.Throws<InputException>(() => PairLosses.Cpo(new CpoOptions { LossType = "slic", Alpha = 0.1 })).Message);
        Assert.StartsWith("tpo_alpha", Assert.Throws<InputException>(() => PairLosses.Tpo(new TpoOptions { LikelihoodWeight = -1 })).Message);
        Assert.StartsWith("beta", Assert.Throws<InputException>(() => PairLosses.Orpo(0)).Message);
        Assert.StartsWith("loss_type", Assert.Throws<InputException>(() => PairLosses.List(new ListOptions { LossType = "pairs" })).Message);
        Assert.StartsWith("loss_type", Assert.Throws<InputException>(() => PairLosses.OnlineDpo("hinge", 0.1)).Message);
    }

    private static PairBatch Batch(params (Column Column, double[] Values)[] columns) => PairBatch.Of(Policy, Reference, columns);

    private static double Value(DpoOptions options) => Batch().Evaluate(PairLosses.Dpo(options)).Loss;

    private static double LogSigmoidLoss(double x) => Math.Log(1 + Math.Exp(-x));
}
