using FastAlign.Core;
using FastAlign.Cpu;

namespace FastAlign.Tests.Cpu;

/// <summary>Widening is exact: weights that are BF16 give the same bits, stored as BF16 or as F32, in every op that reads weights.</summary>
public sealed class BrainFloatWeightsTests
{
    /// <summary>One row and a few, panels that are whole and not, several spans of depth, a vocabulary of more than one tile.</summary>
    private static readonly (int N, int O, int K)[] Shapes = [(1, 70, 383), (1, 128, 64), (3, 33, 21), (13, 100, 800), (60, 1100, 48)];

    public static TheoryData<HostIsa> Isas => [.. CpuHarness.Isas];

    [Theory]
    [MemberData(nameof(Isas))]
    public void Linear_StoredEitherWay_SameBits(HostIsa isa)
    {
        foreach ((int n, int o, int k) in Shapes)
        {
            AssertSame(isa, (n, o, k), (harness, w) =>
            {
                Tensor x = harness.Normal(1, n, k), y = harness.Normal(2, n, o), bias = harness.Vector(3, o), dx = harness.Normal(4, n, k);
                harness.Ops.LinearForward(x, w, bias, y, y);
                harness.Ops.LinearBackwardInput(y, w, Write.Add, dx);
                return [y, dx];
            });
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void Gather_StoredEitherWay_SameBits(HostIsa isa)
    {
        foreach ((int n, int o, int k) in Shapes)
        {
            AssertSame(isa, (n, o, k), (harness, w) =>
            {
                Tensor rows = Ids(harness, n, o), y = harness.Normal(2, n, k), sum = harness.Normal(3, n, k);
                harness.Ops.GatherRows(w, rows, Write.Assign, y);
                harness.Ops.GatherRows(w, rows, Write.Add, sum);
                return [y, sum];
            });
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void LogProbHead_StoredEitherWay_SameBits(HostIsa isa)
    {
        foreach ((int n, int o, int k) in Shapes)
        {
            AssertSame(isa, (n, o, k), (harness, w) =>
            {
                var inputs = new HeadInputs(harness.Normal(1, n, k), w, Tensor.None, Ids(harness, n, o));
                var outputs = new HeadOutputs(harness.Vector(2, n), harness.Vector(3, n), harness.Vector(4, n));
                var gradients = new HeadGradients(harness.Vector(5, n), harness.Vector(6, n), harness.Normal(7, n, k), Tensor.None, Tensor.None);
                harness.Ops.LogProbHeadForward(inputs, new HeadSpec(), outputs);
                harness.Ops.LogProbHeadBackward(inputs, new HeadSpec(), outputs, gradients);
                Tensor slope = harness.Normal(8, n, k);
                harness.Ops.LogProbHeadForward(inputs, new HeadSpec(), outputs with { Slope = slope });
                return [outputs.LogProb, outputs.LogZ, outputs.Entropy, gradients.X, slope];
            });
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void VocabularyOps_StoredEitherWay_SameBits(HostIsa isa)
    {
        foreach ((int n, int o, int k) in Shapes)
        {
            AssertSame(isa, (n, o, k), (harness, w) =>
            {
                const int Few = 5;
                var rows = new VocabularyRows(harness.Normal(1, n, k), w, Tensor.None, harness.Vector(2, n));
                var taught = rows with { W = harness.Normal(3, o, k), LogZ = harness.Vector(4, n) };
                Tensor logits = harness.Normal(5, n, Few), ids = Ids(harness, n * Few, o).Reshape(new Shape(n, Few)), logProb = harness.Normal(6, n, Few);
                harness.Ops.TopTokens(rows, logits, ids);
                harness.Ops.SelectedLogProbsForward(rows, new HeadSpec(), ids, logProb);
                var outputs = new DivergenceOutputs(harness.Vector(7, n), harness.Vector(8, n));
                harness.Ops.DivergenceHeadForward(taught, rows, new DivergenceSpec(0.5, new HeadSpec(), new HeadSpec()), outputs);
                return [logits, logProb, outputs.Value, outputs.SlopeSum];
            });
        }
    }

    [Fact]
    public void CheckedOps_WhereNothingReadsThem_RefuseThem()
    {
        using var harness = new CpuHarness(HostIsas.Best);
        using CpuBackend memory = new(1);
        Tensor w = memory.Allocate(new Shape(4, 3), DType.BF16);
        using TensorBuffer buffer = w.Buffer;
        Tensor x = harness.Normal(1, 2, 3), y = harness.Normal(2, 2, 4);

        Assert.Contains("w: expected F32, got BF16", Refused(() => CheckedOps.Wrap(harness.Ops).LinearForward(x, w, Tensor.None, Tensor.None, y)), StringComparison.Ordinal);
        CheckedOps.Wrap(harness.Ops, readsBrainFloat: true).LinearForward(x, w, Tensor.None, Tensor.None, y);
        Assert.Contains("got BF16", Refused(() => memory.Ops.LinearBackwardWeight(x, y, w, Tensor.None)), StringComparison.Ordinal);
        Assert.Contains("got BF16", Refused(() => memory.Ops.Scale(w, 2)), StringComparison.Ordinal);

        static string Refused(Action call) => Assert.Throws<ShapeException>(call).Message;
    }

    private static Tensor Ids(CpuHarness harness, int count, int bound) =>
        harness.Upload([.. Enumerable.Range(0, count).Select(i => i * 7919 % bound)], new Shape(count));

    /// <summary>Runs ops on fresh operands twice, with the same weights in BF16 and in F32.</summary>
    private static void AssertSame(HostIsa isa, (int N, int O, int K) shape, Func<CpuHarness, Tensor, Tensor[]> run)
    {
        using var harness = new CpuHarness(isa, threads: 2);
        using CpuBackend memory = new(1);
        Tensor wide = harness.Normal(9, shape.O, shape.K, 0.1);
        Tensor stored = memory.Allocate(wide.Shape, DType.BF16);
        using TensorBuffer buffer = stored.Buffer;
        harness.Ops.Copy(wide, stored);
        harness.Ops.Copy(stored, wide);

        int[][] expected = [.. run(harness, wide).Select(CpuHarness.Bits)];
        int[][] found = [.. run(harness, stored).Select(CpuHarness.Bits)];

        Assert.Equal(expected, found);
    }
}
