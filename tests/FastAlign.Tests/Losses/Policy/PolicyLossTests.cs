using FastAlign.Alignment;
using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Losses;

public sealed class PolicyLossTests
{
    private static readonly double[][] Policy = [[-1.5, -0.25, -2, -0.7], [-0.5, -3], [-0.75], [-1, -2.5, -0.125]];

    private static readonly double[][] Old = [[-1.25, -0.5, -2.5, -0.9], [-1, -2], [-1.05], [-1.3, -1.9, -0.25]];

    private static readonly double[] Advantages = [1.2, -0.8, 0.3, -1.5];

    public static TheoryData<string> Names() => [.. PolicyLosses.All.Select(info => info.Name)];

    /// <summary>Losses whose gradient is the derivative of their value: no stop-gradient on the way.</summary>
    [Theory]
    [InlineData("ppo")]
    [InlineData("grpo")]
    [InlineData("dr_grpo")]
    [InlineData("dapo")]
    [InlineData("luspo")]
    [InlineData("gspo")]
    [InlineData("gmpo")]
    [InlineData("rloo")]
    [InlineData("sapo")]
    [InlineData("gpg")]
    [InlineData("kl_cov")]
    public void Evaluate_WithKlAndMaskedRow_GradientMatchesFiniteDifferences(string name)
    {
        // Central differences of step 1e-6: truncation h^2 f'''/6 and rounding ulp(f)/h stay below 1e-9 for these ratios; ratios lie off the kinks.
        const double H = 1e-6;
        PolicyBatch batch = Batch([1, 1, 0, 1, 1, 1, 1, 1, 1, 1]);
        PolicyLoss loss = PolicyLosses.Create(name, new PolicyOptions { Epsilon = 0.23, Beta = 0.1, Covariance = new CovarianceRule(CovarianceEffect.Penalize) { Share = 0.5 } });
        double[] gradient = batch.Evaluate(loss).DLogProb;
        for (int t = 0; t < gradient.Length; t++)
        {
            double at = batch.LogProb[t];
            batch.LogProb[t] = at + H;
            double above = batch.Evaluate(loss).Loss;
            batch.LogProb[t] = at - H;
            double below = batch.Evaluate(loss).Loss;
            batch.LogProb[t] = at;
            Assert.Equal((above - below) / (2 * H), gradient[t], 1e-8);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_SplitIntoMicroBatches_AddsUpToTheWhole(string name)
    {
        PolicyBatch whole = Batch([]);
        PolicyLoss loss = PolicyLosses.Create(name, new PolicyOptions { Beta = 0.1, Entropy = new EntropyBonus { Coefficient = 0.01 } });
        PolicyResult expected = whole.Evaluate(loss);

        PolicyResult[] parts = [.. whole.Split().Select(part => part.Evaluate(loss, whole.Counts))];

        // Losses that look at the whole step must be shown it; no others may depend on the cut.
        if (!loss.IsCoupled)
        {
            Assert.Equal(expected.Loss, parts.Sum(part => part.Loss), 1e-14);
            Assert.Equal(expected.DLogProb, parts.SelectMany(part => part.DLogProb), (a, b) => Math.Abs(a - b) <= 1e-15);
            Assert.Equal(expected.DEntropy, parts.SelectMany(part => part.DEntropy));
        }

        Assert.Equal(name is "clip_cov" or "kl_cov", loss.IsCoupled);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_OnPolicy_HasTheGradientOfThePolicyGradient(string name)
    {
        PolicyBatch batch = PolicyBatch.Of(Policy, Policy, Advantages);
        PolicyLoss loss = PolicyLosses.Create(name, new PolicyOptions
        {
            EpsilonHigh = name == "cispo" ? 5 : 0.28,
            Aggregation = Normalizer.SequenceMeans,
            Covariance = new CovarianceRule(CovarianceEffect.Drop) { Least = 100, Most = 200, Penalty = 0 },
        });

        double[] gradient = batch.Evaluate(loss).DLogProb;

        // RLOO's ratio is a product: every token counts whole.
        for (int s = 0; s < Advantages.Length; s++)
        {
            double expected = -Advantages[s] / Advantages.Length / (name == "rloo" ? 1 : Policy[s].Length);
            Assert.All(gradient[batch.RowStarts[s]..batch.RowStarts[s + 1]], d => Assert.Equal(expected, d, 1e-15));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_EmptySequenceAndMaskedInfinity_IsFinite(string name)
    {
        PolicyBatch batch = PolicyBatch.Of([[-1, double.NegativeInfinity], [], [-2]], [[-1.1, -1], [], [-2.2]], [1, -1, 0.5]);
        PolicyBatch masked = new() { RowStarts = batch.RowStarts, LogProb = batch.LogProb, Reference = batch.Reference, Entropy = [1, 1, 1], Weight = [1, 0, 1] };
        foreach ((Column column, double[] values) in batch.Columns)
        {
            masked.Columns[column] = values;
        }

        PolicyResult result = masked.Evaluate(PolicyLosses.Create(name, new PolicyOptions { Beta = 0.1 }));

        Assert.True(double.IsFinite(result.Loss));
        Assert.Equal(0, result.DLogProb[1]);
        Assert.All(result.DLogProb, d => Assert.True(double.IsFinite(d)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_SteadyState_AllocatesNothing(string name)
    {
        PolicyBatch batch = Batch([]);
        PolicyLoss loss = PolicyLosses.Create(name, new PolicyOptions { Beta = 0.1 });
        var columns = new ColumnSet();
        foreach ((Column column, double[] values) in batch.Columns)
        {
            values.CopyTo(columns.Take(column, values.Length));
        }

        LossInputs inputs = new()
        {
            LogProb = batch.LogProb,
            RowStarts = batch.RowStarts,
            ReferenceLogProb = batch.Reference,
            Entropy = batch.Entropy,
            Columns = columns,
        };
        LossGradients gradients = new() { LogProb = new double[batch.LogProb.Length] };
        MetricAccumulator metrics = new(MetricAveraging.Items);
        loss.Evaluate(inputs, batch.Counts, gradients, metrics);
        loss.Evaluate(inputs, batch.Counts, gradients, metrics);

        long before = GC.GetAllocatedBytesForCurrentThread();
        loss.Evaluate(inputs, batch.Counts, gradients, metrics);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Evaluate_DualClip_BoundsTheLossOfNegativeAdvantages()
    {
        PolicyBatch batch = PolicyBatch.Of([[2.0]], [[0.0]], [-1]);

        Assert.Equal(Math.Exp(2), Loss(batch, "ppo", new PolicyOptions()), 1e-14);
        Assert.Equal(3, Loss(batch, "ppo", new PolicyOptions { Dialect = Dialect.Verl }));
        Assert.Equal(4, Loss(batch, "ppo", new PolicyOptions { DualClip = 4 }));
    }

    [Fact]
    public void Evaluate_Cispo_DialectsReadTheClipDifferently()
    {
        PolicyBatch batch = PolicyBatch.Of([[-1.0]], [[-3.0]], [2]);

        // rho = e^2: capped by 1.5 itself, or by 1 + 1.5.
        Assert.Equal(1.5 * 2, Loss(batch, "cispo", new PolicyOptions { EpsilonHigh = 1.5 }));
        Assert.Equal(2.5 * 2, Loss(batch, "cispo", new PolicyOptions { EpsilonHigh = 1.5, Dialect = Dialect.Original }));
    }

    [Fact]
    public void Evaluate_GspoOfVerl_HasTheGradientOfTokens()
    {
        PolicyBatch batch = PolicyBatch.Of([[-1.0, -2.0]], [[-1.1, -2.0]], [1]);
        double ratio = Math.Exp(0.05);

        double[] trl = batch.Evaluate(PolicyLosses.Create("gspo", new PolicyOptions())).DLogProb;
        double[] verl = batch.Evaluate(PolicyLosses.Create("gspo", new PolicyOptions { Dialect = Dialect.Verl })).DLogProb;

        // Both halve by the mean over tokens; with one sequence they agree, because all tokens have one advantage.
        Assert.All(trl.Concat(verl), d => Assert.Equal(-ratio / 2, d, 1e-15));
    }

    [Theory]
    [InlineData(Dialect.Trl, 1e6)]
    [InlineData(Dialect.Verl, 10)]
    [InlineData(Dialect.OpenRlhf, 10)]
    public void Evaluate_KlOfDistantReference_IsBoundedByDialect(Dialect dialect, double most)
    {
        double[] kl = new double[1];

        KlEstimators.Evaluate(KlEstimator.K3, dialect, [-30], [-10], kl);

        // d = -20: e^20 - 1 - 20.
        Assert.Equal(Math.Min(most * 1e3, dialect == Dialect.Trl ? Math.Exp(20) - 21 : most), kl[0], 1e-6);
    }

    [Theory]
    [InlineData("k1", -0.5, 1)]
    [InlineData("k2", 0.125, -0.5)]
    [InlineData("k3", 0.14872127070012814, -0.64872127070012814)]
    [InlineData("abs", 0.5, -1)]
    [InlineData("k1+", -0.5, -0.5)]
    [InlineData("k3+", 0.14872127070012814, -0.5)]
    public void Evaluate_EachKlEstimator_HasItsValueAndGradient(string name, double value, double slope)
    {
        PolicyBatch batch = new() { RowStarts = [0, 1], LogProb = [-1.5], Reference = [-1.0] };
        batch.Columns[Column.SequenceAdvantage] = [0];
        PolicyOptions options = new() { Beta = 1, KlEstimator = KlEstimators.Parse(name), IsKlCorrected = false };

        PolicyResult result = batch.Evaluate(PolicyLosses.Create("gpg", options));

        Assert.Equal(value, result.Loss, 1e-15);
        Assert.Equal(slope, result.DLogProb[0], 1e-15);
    }

    [Fact]
    public void Evaluate_ClipCov_DropsSomeCandidatesOnly()
    {
        // Covariances: advantages +-2 around 0, log-probs +-1 around -2: every token has 2, within [1, 5].
        PolicyBatch batch = PolicyBatch.Of([[-1.0, -1.0], [-3.0, -3.0]], [[-1.0, -1.0], [-3.0, -3.0]], [2, -2]);
        PolicyOptions options = new() { Covariance = new CovarianceRule(CovarianceEffect.Drop) { Share = 0.5 } };

        PolicyResult result = batch.Evaluate(PolicyLosses.Create("clip_cov", options));

        Assert.Equal(2, result.DLogProb.Count(d => d == 0));
        Assert.Equal(result.DLogProb, batch.Evaluate(PolicyLosses.Create("clip_cov", options)).DLogProb);
    }

    [Fact]
    public void Evaluate_KlCov_PenalizesTheLargestCovariance()
    {
        PolicyBatch batch = PolicyBatch.Of([[-1.0, -2.0], [-2.0]], [[-1.5, -2.0], [-2.0]], [1, -1]);

        PolicyResult result = batch.Evaluate(PolicyLosses.Create("kl_cov", new PolicyOptions()));

        // Tokens: -e^0.5, -1, +1 over 3; the first has the largest covariance and pays |0.5|.
        Assert.Equal((-Math.Exp(0.5) - 1 + 1 + 0.5) / 3, result.Loss, 1e-15);
    }

    [Fact]
    public void State_AdaptiveEntropy_MovesInTrainingOnly()
    {
        PolicyLoss loss = PolicyLosses.Create("grpo", new PolicyOptions { Entropy = new EntropyBonus { Coefficient = 0.01, Target = 100, Delta = 0.005 } });
        PolicyBatch batch = Batch([]);

        batch.Evaluate(loss.ForEvaluation());
        double[] untouched = [.. loss.State];
        batch.Evaluate(loss);

        Assert.Equal([0.01, 0], untouched);
        Assert.Equal(0.015, loss.State[0], 1e-15);
        Assert.True(loss.IsCoupled);
        Assert.Contains("2 numbers", Assert.Throws<InputException>(() => loss.State = [1]).Message);
    }

    [Theory]
    [InlineData("epsilon")]
    [InlineData("beta")]
    [InlineData("top_entropy_quantile")]
    [InlineData("dual_clip")]
    public void Create_OptionOutOfRange_NamesIt(string option)
    {
        PolicyOptions options = option switch
        {
            "epsilon" => new PolicyOptions { Epsilon = -1 },
            "beta" => new PolicyOptions { Beta = double.NaN },
            "top_entropy_quantile" => new PolicyOptions { TopEntropyShare = 0 },
            _ => new PolicyOptions { DualClip = 1 },
        };

        Assert.Contains(option, Assert.Throws<InputException>(() => PolicyLosses.Create("grpo", options)).Message);
    }

    [Fact]
    public void Create_UnknownName_ListsAll() => Assert.Contains("gspo_token", Assert.Throws<InputException>(() => PolicyLosses.Create("grop", new PolicyOptions())).Message);

    [Fact]
    public void Warnings_UnusedOption_IsNamed() => Assert.Contains("delta", Assert.Single(PolicyLosses.Create("sapo", new PolicyOptions { Delta = 4 }).Warnings));

    [Fact]
    public void Evaluate_NoAdvantages_NamesTheColumn()
    {
        PolicyBatch batch = new() { RowStarts = [0, 1], LogProb = [-1.0] };

        Assert.Contains("sequence_advantage", Assert.Throws<ShapeException>(() => batch.Evaluate(PolicyLosses.Create("grpo", new PolicyOptions()))).Message);
    }

    private static double Loss(PolicyBatch batch, string name, PolicyOptions options) => batch.Evaluate(PolicyLosses.Create(name, options)).Loss;

    private static PolicyBatch Batch(double[] weight)
    {
        PolicyBatch batch = PolicyBatch.Of(Policy, Old, Advantages);
        PolicyBatch weighted = new() { RowStarts = batch.RowStarts, LogProb = batch.LogProb, Reference = batch.Reference, Entropy = batch.Entropy, Weight = weight };
        foreach ((Column column, double[] values) in batch.Columns)
        {
            weighted.Columns[column] = values;
        }

        return weighted;
    }
}
