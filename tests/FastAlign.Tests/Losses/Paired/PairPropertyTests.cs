using FastAlign.Alignment;
using Xunit;

namespace FastAlign.Tests.Losses;

/// <summary>What holds for every paired loss.</summary>
public sealed class PairPropertyTests
{
    public static TheoryData<string> Names() => [.. PairCases.Names];

    public static TheoryData<string> Uncoupled() => [.. PairCases.Names.Where(name => !PairCases.Create(name).IsCoupled)];

    [Theory, MemberData(nameof(Names))]
    public void Evaluate_AnyLoss_GradientMatchesFiniteDifferences(string name)
    {
        PairBatch batch = PairCases.Batch(name, 3, 0.5);
        bool[] isDetached = [.. Enumerable.Range(0, batch.LogProb.Length).Select(t => IsRefinement(name, batch, t))];

        LossAssert.FiniteDifferences(batch, PairCases.Create(name), isDetached);
    }

    [Theory]
    [InlineData(Dialect.Original)]
    [InlineData(Dialect.OpenRlhf)]
    [InlineData(Dialect.LlamaFactory)]
    public void Evaluate_OtherDialects_GradientMatchesFiniteDifferences(Dialect dialect)
    {
        foreach (string name in new[] { "sigmoid", "ipo", "sft" })
        {
            var options = new DpoOptions { LossTypes = [name], Beta = 0.3, LabelSmoothing = 0.1, TailWeight = 0.5, Dialect = dialect };

            LossAssert.FiniteDifferences(PairCases.Batch($"dpo/{name}", 3, 0.5), PairLosses.Dpo(options));
        }
    }

    [Theory, MemberData(nameof(Uncoupled))]
    public void Evaluate_SplitIntoMicroBatches_AddsUpToTheWhole(string name)
    {
        ILoss loss = PairCases.Create(name);
        (double whole, double[] gradient, _) = PairCases.Batch(name, 5, 0.7).Evaluate(loss);
        PairBatch first = PairCases.Batch(name, 2, 0.7);
        PairBatch rest = PairCases.Batch(name, 3, 0.7, firstPair: 2);
        StepCounts counts = first.Counts + rest.Counts;
        double[] dFirst = new double[first.LogProb.Length];
        double[] dRest = new double[rest.LogProb.Length];
        var metrics = new MetricAccumulator(MetricAveraging.Items);

        double sum = first.Evaluate(loss, counts, dFirst, metrics) + rest.Evaluate(loss, counts, dRest, metrics);

        // Sums of the same terms in another order: a few roundings of their size.
        Assert.Equal(whole, sum, 1e-14 * Math.Max(1, Math.Abs(whole)));
        Assert.Equal(gradient, dFirst.Concat(dRest));
    }

    [Theory, MemberData(nameof(Names))]
    public void Evaluate_MaskedRows_EqualRowsLeftOut(string name)
    {
        PairBatch plain = PairCases.Batch(name, 3, 0.5);
        double[][] Rows(double[] values, double extra) =>
            [.. Enumerable.Range(0, plain.RowStarts.Length - 1).Select(s => values[plain.RowStarts[s]..plain.RowStarts[s + 1]].Append(extra).ToArray())];
        PairBatch padded = PairCases.Of(name, Rows(plain.LogProb, double.NegativeInfinity), Rows(plain.ReferenceLogProb, -7));
        double[] mask = [.. Enumerable.Range(0, padded.LogProb.Length).Select(t => padded.RowStarts.Contains(t + 1) ? 0.0 : 1)];
        PairBatch masked = new()
        {
            RowStarts = padded.RowStarts,
            LogProb = padded.LogProb,
            ReferenceLogProb = padded.ReferenceLogProb,
            SequencesPerExample = padded.SequencesPerExample,
            Columns = padded.Columns,
            Weight = mask,
        };
        ILoss loss = PairCases.Create(name);
        (double expected, double[] gradient, _) = plain.Evaluate(loss);
        double[] d = new double[mask.Length];

        double value = masked.Evaluate(loss, plain.Counts, d, new MetricAccumulator(MetricAveraging.Items));

        Assert.Equal(expected, value);
        Assert.Equal(gradient, d.Where((_, t) => mask[t] == 1));
        Assert.All(d.Where((_, t) => mask[t] == 0), slope => Assert.Equal(0, slope));
    }

    [Theory, MemberData(nameof(Names))]
    public void Evaluate_CompletionWithoutRows_IsFinite(string name)
    {
        int k = PairCases.SequencesPerExample(name);
        double[][] rows = [.. Enumerable.Range(0, 2 * k).Select(s => s is 0 || s == k + 1 ? Array.Empty<double>() : [-1.0 - (0.1 * s)])];

        // The odds of nothing, a mean log-prob of 0, are infinite; the loss says so.
        (double value, double[] d, _) = PairCases.Of(name, rows, rows).Evaluate(PairCases.Create(name));

        Assert.True(name == "orpo/orpo" || (double.IsFinite(value) && Array.TrueForAll(d, double.IsFinite)));
    }

    [Theory]
    [InlineData(1e4)]
    [InlineData(-1e4)]
    public void Evaluate_ExtremeLogRatios_AreFinite(double ratio)
    {
        foreach (string name in PairCases.Names.Where(name => name is not ("dpo/discopop" or "orpo/orpo")))
        {
            int k = PairCases.SequencesPerExample(name);
            double[][] logProb = [.. Enumerable.Range(0, 2 * k).Select(s => new[] { (s % k) % 2 == 0 ? ratio : -ratio })];
            double[][] reference = [.. logProb.Select(_ => new[] { 0.0 })];

            (double value, double[] d, _) = PairCases.Of(name, logProb, reference).Evaluate(PairCases.Create(name));

            Assert.True(double.IsFinite(value) && Array.TrueForAll(d, double.IsFinite), $"{name}: {value}");
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Evaluate_Repeated_AllocatesNothing(string name)
    {
        PairBatch batch = PairCases.Batch(name, 3, 0.5);
        ILoss loss = PairCases.Create(name);
        double[] d = new double[batch.LogProb.Length];

        LossAssert.AllocatesNothing(metrics => batch.Evaluate(loss, batch.Counts, d, metrics));
    }

    /// <summary>Values at step 0 in closed form, without margins, soft labels and weights; e = 0.1, beta = 0.3.</summary>
    [Theory]
    [InlineData("sigmoid", 0.69314718055994530942)]
    [InlineData("hinge", 1)]
    [InlineData("ipo", 2.7777777777777777)]
    [InlineData("exo_pair", 0.5108256237659907)]
    [InlineData("nca_pair", 1.3862943611198906)]
    [InlineData("robust", 0.69314718055994530942)]
    [InlineData("bco_pair", 1.3862943611198906)]
    [InlineData("sppo_hard", 5.5555555555555554)]
    [InlineData("aot", 0.69314718055994530942)]
    [InlineData("aot_unpaired", 0.69314718055994530942)]
    [InlineData("apo_zero", 1)]
    [InlineData("apo_down", 1)]
    [InlineData("discopop", 0.84657359027997264)]
    [InlineData("sigmoid_norm", 0.69314718055994530942)]
    [InlineData("mmpo", 0.69314718055994530942)]
    [InlineData("cpl", 0.69314718055994530942)]
    [InlineData("sr_dpo", 0.69314718055994530942)]
    [InlineData("sr_ipo", 2.7777777777777777)]
    [InlineData("rebel", 0)]
    [InlineData("inpo", 2.7777777777777777)]
    [InlineData("onpo", 2.7777777777777777)]
    [InlineData("egpo", 0)]
    [InlineData("dno", 0.69314718055994530942)]
    public void Evaluate_StepZero_IsTheClosedForm(string name, double expected)
    {
        PairBatch batch = PairCases.Batch($"dpo/{name}", 3, 0);
        PairBatch bare = new() { RowStarts = batch.RowStarts, LogProb = batch.LogProb, ReferenceLogProb = batch.ReferenceLogProb, SequencesPerExample = batch.SequencesPerExample };

        Assert.Equal(expected, bare.Evaluate(PairCases.Create($"dpo/{name}")).Loss, 1e-14 * Math.Max(1, expected));
    }

    [Fact]
    public void All_EveryLoss_IsDescribed()
    {
        string[] described = [.. PairLosses.All.Select(info => $"{info.Command}/{info.Name}")];

        Assert.Equal(described.Distinct(), described);
        Assert.Empty(PairCases.Names.Where(name => name.Split('/')[0] is "dpo" or "cpo" or "tpo" or "orpo").Except(described));
        Assert.Empty(PairLosses.ListNames.Select(name => $"lipo/{name}").Except(described));
        Assert.All(PairLosses.All, info => Assert.DoesNotContain(string.Empty, new[] { info.Formula, info.Source, info.Reading }));
    }

    private static bool IsRefinement(string name, PairBatch batch, int row)
    {
        int sequence = Array.FindLastIndex(batch.RowStarts, start => start <= row);
        return PairCases.SequencesPerExample(name) == 4 && sequence % 4 >= 2;
    }
}
