using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Losses;

public sealed class TokenLossTests
{
    private static readonly JsonElement Golden = GoldenJson.Load("losses", "sft.json");

    public static IEnumerable<TheoryDataRow<string>> Cases() =>
        Golden.GetProperty("cases").EnumerateArray().Select(entry => new TheoryDataRow<string>(entry.GetProperty("name").GetString()!));

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", Goldens.Category)]
    public void Evaluate_TokenNormalizer_MatchesTrl(string name)
    {
        JsonElement golden = Golden.GetProperty("cases").Named(name);
        JsonElement expected = golden.GetProperty("expected");
        JsonElement inputs = Golden.GetProperty("batches").GetProperty(golden.GetProperty("batch").GetString()!);
        double[][] rows = PairBatch.Ragged(inputs.GetProperty("logp"));
        double[] isTop = [.. PairBatch.Ragged(inputs.GetProperty("is_top1")).SelectMany(row => row)];
        PairBatch batch = new()
        {
            RowStarts = PairBatch.Starts(rows),
            LogProb = [.. rows.SelectMany(row => row)],
            Entropy = inputs.GetProperty("entropy").Numbers(),
            Target = new int[isTop.Length],
            ArgMax = [.. isTop.Select(top => 1 - (int)top)],
        };
        TokenLoss loss = golden.GetProperty("options").GetProperty("loss_type").GetString() switch
        {
            "nll" => TokenLoss.Nll(),
            "dft" => TokenLoss.Dft(),
            string other => throw new InvalidDataException($"loss_type {other}"),
            null => throw new InvalidDataException("no loss_type"),
        };
        long tokens = (long)golden.GetProperty("options").Number("num_items_in_batch", batch.LogProb.Length);
        double[] dLogProb = new double[batch.LogProb.Length];
        MetricAccumulator metrics = new(MetricAveraging.MicroBatches);

        double value = batch.Evaluate(loss, batch.Counts with { Tokens = tokens }, dLogProb, metrics);

        LossAssert.Value(expected.GetProperty("loss").Number(), value, "loss");
        LossAssert.Gradients(expected.GetProperty("dlogp").Numbers(), dLogProb);
        LossAssert.Metrics(expected.GetProperty("metrics"), metrics);
    }

    [Fact]
    public void Evaluate_EachNormalizer_DividesByIt()
    {
        PairBatch batch = PairBatch.Of([[-1, -2, -3], [-4]], []);

        Assert.Equal(10.0 / 4, batch.Evaluate(TokenLoss.Nll()).Loss);
        Assert.Equal(10.0 / 2, batch.Evaluate(TokenLoss.Nll(Normalizer.Sequences)).Loss);
        Assert.Equal(10.0 / 8, batch.Evaluate(TokenLoss.Nll(Normalizer.Fixed(8))).Loss);
        Assert.Equal((6.0 / 3 / 2) + (4.0 / 2), batch.Evaluate(TokenLoss.Nll(Normalizer.SequenceMeans)).Loss);
        Assert.Equal(10.0 / (2 * 5), batch.Evaluate(TokenLoss.Nll(Normalizer.SequencesTimes(5))).Loss);
        Assert.Equal(10.0 / 4, batch.Evaluate(TokenLoss.Nll(Normalizer.RolloutTokens)).Loss);
        Assert.Equal([-0.125, -0.125, -0.125, -0.125], batch.Evaluate(TokenLoss.Nll(Normalizer.Fixed(8))).DLogProb);
    }

    [Fact]
    public void Evaluate_WeightedRows_GradientMatchesFiniteDifferences() =>
        LossAssert.FiniteDifferences(new PairBatch { RowStarts = [0, 2, 3], LogProb = [-1, -2, -0.5], Weight = [1, 0, 0.25] }, TokenLoss.Nll());

    [Fact]
    public void Evaluate_MaskedRowOfProbabilityZero_IsFinite()
    {
        PairBatch batch = new() { RowStarts = [0, 2], LogProb = [double.NegativeInfinity, -1], Weight = [0, 1] };

        Assert.Equal(0.5, batch.Evaluate(TokenLoss.Nll()).Loss);
    }

    [Fact]
    public void Evaluate_NoRows_IsZero() => Assert.Equal(0, new PairBatch { RowStarts = [0], LogProb = [] }.Evaluate(TokenLoss.Nll()).Loss);

    [Fact]
    public void Evaluate_WrongLength_NamesTheSpan()
    {
        PairBatch batch = new() { RowStarts = [0, 2], LogProb = [-1, -1], Entropy = [1] };

        Assert.Equal("[loss] entropy: expected [2], got [1]", Assert.Throws<ShapeException>(() => batch.Evaluate(TokenLoss.Nll())).Message);
    }

    [Theory]
    [InlineData(new[] { 0, 1 })]
    [InlineData(new[] { 1, 2 })]
    [InlineData(new[] { 0, 2, 1, 2 })]
    [InlineData(new int[0])]
    public void Evaluate_RowStartsThatDoNotFit_Throws(int[] rowStarts)
    {
        PairBatch batch = new() { RowStarts = rowStarts, LogProb = [-1, -1] };
        double[] d = new double[2];

        Assert.Contains("rowStarts", Assert.Throws<ShapeException>(() => batch.Evaluate(TokenLoss.Nll(), new StepCounts(1, 2), d, new MetricAccumulator(MetricAveraging.Items))).Message);
    }

    [Fact]
    public void Evaluate_EntropyGradientGiven_IsZeroed()
    {
        double[] dEntropy = [7];
        LossInputs inputs = new() { LogProb = [-1.0], RowStarts = [0, 1] };

        TokenLoss.Nll().Evaluate(inputs, new StepCounts(1, 1), new LossGradients { LogProb = new double[1], Entropy = dEntropy }, new MetricAccumulator(MetricAveraging.Items));

        Assert.Equal([0.0], dEntropy);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    public void Fixed_NotAboveZero_Throws(double value) => Assert.Throws<InputException>(() => Normalizer.Fixed(value));
}
