using FastAlign.Alignment;
using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Losses;

public sealed class UnpairedLossTests
{
    private static readonly bool[] Labels = [true, false, false, true];

    private static readonly double[][] Policy = [[-1.5, -0.25, -2], [-0.5, -3], [-0.75], [-1, -2, -0.125, -4]];

    private static readonly double[][] Reference = [[-1.25, -0.5, -2.5], [-1, -2], [-1.75], [-1.5, -1, -0.25, -3]];

    private static readonly double[][] Mismatched = [[-2, -1], [-3], [-0.5, -0.25], [-1]];

    private static readonly double[][] MismatchedReference = [[-2.5, -2], [-2.5], [-0.75, -0.5], [-1.5]];

    public static TheoryData<string> Names => [.. UnpairedLosses.Names];

    public static TheoryData<string> SequenceNames => [.. UnpairedLosses.Names.Except(["nft"])];

    [Theory]
    [MemberData(nameof(SequenceNames))]
    public void Evaluate_EveryLoss_GradientMatchesFiniteDifferences(string name)
    {
        // Held fixed: KTO's kl depends on mismatched rows only; BCO's delta is frozen by evaluation; dro takes its values from the column; the importance
        // weight of feedback is a stop-gradient and constant where bounded by 0.1.
        UnpairedBatch batch = Batch().With(Column.Value, [0.25, -0.5, 0.125, 0]);
        ILoss loss = UnpairedLosses.Create(name, new UnpairedOptions { Beta = 0.7, UndesirableWeight = 1.5, Tau = 0.4, MaxImportanceWeight = 0.1, HasValueNetwork = true });
        ILoss still = loss is IStatefulLoss stateful ? stateful.ForEvaluation() : loss;

        CheckGradient(batch, still, name == "kto" ? batch.Judged([.. Enumerable.Range(0, batch.LogProb.Length).Select(t => (double)t)]).Select(t => (int)t) : null);
    }

    [Fact]
    public void Evaluate_DroWithoutValueNetwork_GradientIsExactThoughTheMeanMoves()
    {
        ILoss loss = UnpairedLosses.Create("dro", new UnpairedOptions { Tau = 0.4, HasValueNetwork = false });

        CheckGradient(Batch(), loss, null);
        Assert.True(loss.IsCoupled);
    }

    [Theory]
    [InlineData("kto", 0.5 * (1 + 1.5) / 2)]
    [InlineData("apo_zero_unpaired", 0.5 * (1 + 1.5) / 2)]
    [InlineData("bco", 0.69314718055994530942)]
    [InlineData("dro", 0.5 / 0.4)]
    [InlineData("feedback", 0)]
    [InlineData("nft", 0)]
    public void Evaluate_StepZero_HasTheClosedForm(string name, double expected)
    {
        UnpairedBatch batch = UnpairedBatch.Of(Labels, Policy, Policy, Mismatched, Mismatched).With(Column.PassRate, [0.5, 0.5, 0.5, 0.5]);

        double value = batch.Evaluate(UnpairedLosses.Create(name, new UnpairedOptions { UndesirableWeight = 1.5, Tau = 0.4 })).Loss;

        Assert.Equal(expected, value, 1e-15);
    }

    [Fact]
    public void Kto_TwoCompletions_MatchesHandComputation()
    {
        // h = 1 and -0.5, kl = max(0, (0.5 + 0.1) / 2) = 0.3, beta 0.2: x = 0.2 * 0.7 = 0.14 and 0.2 * 0.8 = 0.16.
        UnpairedBatch batch = UnpairedBatch.Of([true, false], [[-1], [-3]], [[-2], [-2.5]], [[-1], [-1]], [[-1.5], [-1.1]]);

        (double value, double[] d, MetricAccumulator metrics) = batch.Evaluate(UnpairedLosses.Create("kto", new UnpairedOptions { Beta = 0.2 }));

        (double first, double second) = (1 / (1 + Math.Exp(0.14)), 1 / (1 + Math.Exp(0.16)));
        Assert.Equal((first + second) / 2, value, 1e-15);
        Assert.Equal([-0.1 * first * (1 - first), 0.1 * second * (1 - second)], batch.Judged(d), (a, b) => Math.Abs(a - b) < 1e-15);
        Assert.Equal(0.3, metrics.Value(UnpairedMetrics.Kl), 1e-15);

        // Of 0.5 and 0.1: deviation 0.4 / sqrt 2, over sqrt 2.
        Assert.Equal(0.2, metrics.Value(UnpairedMetrics.KlError), 1e-15);
        Assert.Equal(0.2 * 1.5, metrics.Value(Metric.RewardsMargins), 1e-15);
    }

    [Fact]
    public void Kto_OriginalDialect_LeavesZeroLogRatiosOutOfTheMean()
    {
        UnpairedBatch batch = UnpairedBatch.Of([true, false], [[-1], [-3]], [[-2], [-2.5]], [[-1], [-1]], [[-1.5], [-1]]);

        Assert.Equal(0.25, Kl(Dialect.Trl), 1e-15);
        Assert.Equal(0.5, Kl(Dialect.Original), 1e-15);

        double Kl(Dialect dialect) => batch.Evaluate(UnpairedLosses.Create("kto", new UnpairedOptions { Dialect = dialect })).Metrics.Value(UnpairedMetrics.Kl);
    }

    [Theory]
    [InlineData(KlScope.Step, true)]
    [InlineData(KlScope.MicroBatch, false)]
    public void Kto_Scope_DecidesWhetherTheStepIsCoupled(KlScope scope, bool isCoupled) =>
        Assert.Equal(isCoupled, UnpairedLosses.Create("kto", new UnpairedOptions { KlScope = scope }).IsCoupled);

    [Theory]
    [InlineData("kto", "apo_zero_unpaired")]
    public void Kto_NegativeKl_EqualsApoZero(string first, string second)
    {
        UnpairedBatch batch = UnpairedBatch.Of(Labels, Policy, Reference, MismatchedReference, Mismatched);

        Assert.Equal(batch.Evaluate(UnpairedLosses.Create(second, new())).Loss, batch.Evaluate(UnpairedLosses.Create(first, new())).Loss);
        Assert.Equal(0, batch.Evaluate(UnpairedLosses.Create(first, new())).Metrics.Value(UnpairedMetrics.Kl));
    }

    [Fact]
    public void Bco_OneBatch_EqualsItsMeanReward()
    {
        UnpairedBatch batch = UnpairedBatch.Of([true, false], [[-1], [-3]], [[-2], [-2.5]]);

        // Rewards 0.4 * 1 and 0.4 * -0.5, mean 0.1; both are 0.3 from it on their own side.
        (double value, _, MetricAccumulator metrics) = batch.Evaluate(UnpairedLosses.Create("bco", new UnpairedOptions { Beta = 0.4 }));

        Assert.Equal(0.1, metrics.Value(UnpairedMetrics.Delta), 1e-15);
        Assert.Equal(Math.Log(1 + Math.Exp(-0.3)), value, 1e-15);
    }

    [Fact]
    public void Bco_StateRestored_ContinuesToTheSameBits()
    {
        var whole = (IStatefulLoss)UnpairedLosses.Create("bco", new());
        Batch().Evaluate(whole);
        var resumed = (IStatefulLoss)UnpairedLosses.Create("bco", new());
        resumed.State = whole.State;

        (double expected, double[] d, _) = Batch().Evaluate(whole);
        (double value, double[] dResumed, _) = Batch().Evaluate(resumed);

        Assert.Equal(expected, value);
        Assert.Equal(d, dResumed);
        Assert.Equal(whole.State, resumed.State);
    }

    [Fact]
    public void Bco_Evaluation_ReadsTheMemoryAndLeavesIt()
    {
        var loss = (IStatefulLoss)UnpairedLosses.Create("bco", new());
        Batch().Evaluate(loss);
        IReadOnlyList<double> before = loss.State;
        ILoss evaluation = loss.ForEvaluation();

        double delta = Batch().Evaluate(evaluation).Metrics.Value(UnpairedMetrics.Delta);

        Assert.Equal(before[0], delta);
        Assert.Equal(before, loss.State);
        Assert.Throws<InputException>(() => loss.State = [1, 2]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(-1, 1)]
    [InlineData(-1, 0.25)]
    public void Feedback_OneSignal_MatchesTheBoundedImportanceWeight(double reward, double bound)
    {
        // h = -0.5: the weight of a negative signal is e^-0.5 = 0.6065, or the bound.
        UnpairedBatch batch = UnpairedBatch.Of([reward > 0], [[-2.5]], [[-2]]);
        double weight = reward > 0 ? 1 : Math.Min(Math.Exp(-0.5), bound);

        (double value, double[] d, _) = batch.Evaluate(UnpairedLosses.Create("feedback", new UnpairedOptions { MaxImportanceWeight = bound }));

        Assert.Equal(weight * reward * 0.5, value, 1e-15);
        Assert.Equal(-weight * reward, Assert.Single(d), 1e-15);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_ExtremeLogRatios_AreFinite(string name)
    {
        UnpairedBatch batch = UnpairedBatch.Of([true, true, false, false], [[60], [-60], [60], [-60]], [[0], [0], [0], [0]], [[60], [60], [60], [60]], [[0], [0], [0], [0]])
            .With(Column.PassRate, [0.5, 0.5, 0.5, 0.5]);

        (double value, double[] d, _) = batch.Evaluate(UnpairedLosses.Create(name, new UnpairedOptions { Beta = 50 }));

        Assert.True(double.IsFinite(value));
        Assert.All(d, slope => Assert.True(double.IsFinite(slope)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_SplitIntoMicroBatches_AddsUpToTheWhole(string name)
    {
        // What couples the step is held still: a kl from the whole (apo has none), a frozen delta, a value column.
        UnpairedOptions options = new() { Beta = 0.3, Tau = 0.4, KlScope = KlScope.MicroBatch, HasValueNetwork = true };
        UnpairedBatch first = Part(0, 1);
        UnpairedBatch rest = Part(1, 4);
        UnpairedBatch whole = Part(0, 4);
        ILoss loss = UnpairedLosses.Create(name, options);
        loss = loss is IStatefulLoss stateful ? stateful.ForEvaluation() : loss;
        MetricAccumulator metrics = new(MetricAveraging.Items);
        double[] dFirst = new double[first.LogProb.Length];
        double[] dRest = new double[rest.LogProb.Length];

        double sum = first.Evaluate(loss, first.Counts + rest.Counts, dFirst, metrics) + rest.Evaluate(loss, first.Counts + rest.Counts, dRest, metrics);

        (double value, double[] gradient, MetricAccumulator wholeMetrics) = whole.Evaluate(loss);
        Assert.Equal(value, sum, 1e-14);
        Assert.Equal(gradient, dFirst.Concat(dRest), (a, b) => Math.Abs(a - b) < 1e-15);
        if (name != "nft")
        {
            Assert.Equal(wholeMetrics.Value(Metric.RewardsRejected), metrics.Value(Metric.RewardsRejected), 1e-15);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_MaskedRowsAndEmptyCompletion_EqualRowsLeftOut(string name)
    {
        UnpairedBatch plain = UnpairedBatch.Of([true, false], [[-1], []], [[-2], []], [[-1], [-1]], [[-1.5], [-2]]).With(Column.PassRate, [0.5, 0.5]);
        UnpairedBatch masked = Masked();

        (double expected, double[] dPlain, _) = plain.Evaluate(UnpairedLosses.Create(name, new()));
        (double value, double[] d, _) = masked.Evaluate(UnpairedLosses.Create(name, new()), plain.Counts);

        Assert.Equal(expected, value);
        Assert.Equal(dPlain[0], d[0]);
        Assert.Equal([0, 0, 0, 0], d[1..]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_Repeated_AllocatesNothing(string name)
    {
        UnpairedBatch batch = Batch();
        ILoss loss = UnpairedLosses.Create(name, new());
        double[] d = new double[batch.LogProb.Length];

        LossAssert.AllocatesNothing(metrics => batch.Evaluate(loss, batch.Counts, d, metrics));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_NoReference_SaysWhatIsMissing(string name)
    {
        UnpairedBatch batch = UnpairedBatch.Of([true], [[-1]], [[]], [[-1]], [[]]).With(Column.PassRate, [0.5]);

        Assert.Contains("referenceLogProb", Assert.Throws<ShapeException>(() => batch.Evaluate(UnpairedLosses.Create(name, new()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Kto_NoMismatchedSequence_SaysWhatIsMissing() => Assert.Contains(
        "expected 2",
        Assert.Throws<ShapeException>(() => UnpairedBatch.Of([true], [[-1]], [[-1]]).Evaluate(UnpairedLosses.Create("kto", new()))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Dro_NoValues_SaysWhatIsMissing() => Assert.Contains(
        "value",
        Assert.Throws<ShapeException>(() => Batch().Evaluate(UnpairedLosses.Create("dro", new UnpairedOptions { HasValueNetwork = true }))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Create_UnknownName_ListsTheKnownOnes() =>
        Assert.Contains("apo_zero_unpaired", Assert.Throws<InputException>(() => UnpairedLosses.Create("ktoo", new())).Message, StringComparison.Ordinal);

    [Fact]
    public void Options_OutOfRange_NameTheOption()
    {
        (string Option, UnpairedOptions Options)[] bad =
        [
            ("beta", new() { Beta = 0 }), ("beta", new() { Beta = double.NaN }), ("desirable_weight", new() { DesirableWeight = -1 }),
            ("undesirable_weight", new() { UndesirableWeight = double.PositiveInfinity }), ("min_density_ratio", new() { MinDensityRatio = -1 }),
            ("max_density_ratio", new() { MaxDensityRatio = 0.1 }), ("tau", new() { Tau = 0 }), ("max_importance_weight", new() { MaxImportanceWeight = 0 }),
            ("epsilon", new() { Epsilon = 1.5 }), ("negative_weight", new() { NegativeWeight = 2 }),
        ];

        Assert.All(bad, entry => Assert.StartsWith(entry.Option, Assert.Throws<InputException>(() => UnpairedLosses.Create("kto", entry.Options)).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Create_EveryListedName_MakesTheLossOfThatName() =>
        Assert.All(UnpairedLosses.All, info => Assert.Equal(info.Name, UnpairedLosses.Create(info.Name, new()).Name));

    private static UnpairedBatch Batch() =>
        UnpairedBatch.Of(Labels, Policy, Reference, Mismatched, MismatchedReference).With(Column.PassRate, [0.25, 0.75, 0.5, 0.5]);

    private static UnpairedBatch Part(int start, int end)
    {
        // Equal mismatched rows in all parts: their mean is the same in each.
        double[][] same = [.. Enumerable.Repeat(new[] { -1.0 }, end - start)];
        double[][] sameReference = [.. Enumerable.Repeat(new[] { -1.25 }, end - start)];
        return UnpairedBatch.Of(Labels[start..end], Policy[start..end], Reference[start..end], same, sameReference)
            .With(Column.PassRate, new[] { 0.25, 0.75, 0.5, 0.5 }[start..end])
            .With(Column.Value, new[] { 0.25, -0.5, 0.125, 0 }[start..end]);
    }

    /// <summary>The plain batch of one row each, with rows of weight 0 around them.</summary>
    private static UnpairedBatch Masked()
    {
        var batch = new UnpairedBatch
        {
            RowStarts = [0, 2, 3, 4, 5],
            ExampleStarts = [0, 2, 4],
            LogProb = [-1, double.NegativeInfinity, -1, -9, -1],
            ReferenceLogProb = [-2, -7, -1.5, -8, -2],
            Weight = [1, 0, 1, 0, 1],
        };
        return batch.With(Column.Label, [1, 0]).With(Column.PassRate, [0.5, 0.5]);
    }

    /// <summary>
    /// Central differences of step h = 1e-5: truncation h^2 f'''/6 and rounding ulp(f)/h stay below 2e-11 max(1, |f|) each where third derivatives are
    /// below 1; the limit leaves a factor of 25.
    /// </summary>
    private static void CheckGradient(UnpairedBatch batch, ILoss loss, IEnumerable<int>? rows)
    {
        const double H = 1e-5;
        (double value, double[] gradient, _) = batch.Evaluate(loss);
        foreach (int t in rows ?? Enumerable.Range(0, gradient.Length))
        {
            double at = batch.LogProb[t];
            batch.LogProb[t] = at + H;
            double above = batch.Evaluate(loss).Loss;
            batch.LogProb[t] = at - H;
            double below = batch.Evaluate(loss).Loss;
            batch.LogProb[t] = at;
            Assert.Equal((above - below) / (2 * H), gradient[t], 1e-9 * Math.Max(1, Math.Abs(value)));
        }
    }
}
