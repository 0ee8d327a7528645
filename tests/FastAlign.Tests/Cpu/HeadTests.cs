using FastAlign.Core;
using FastAlign.Cpu;

namespace FastAlign.Tests.Cpu;

/// <summary>The streaming log-prob head of the host against double sums over whole rows of logits, and its promises about bits and memory.</summary>
public sealed class HeadTests
{
    private static readonly HeadSpec Plain = new();
    private static readonly HeadSpec Transformed = new(LogitScale: 1.5f, SoftCap: 5, Temperature: 0.7f);

    // F32 results up to 16 round by 5e-7, sums are good to a few roundings of 6e-8, differences z - max (up to 32) to 2e-6 where they weigh little.
    private const double Tolerance = 3e-6;

    // Scale, quotient, tanh (1.5 ulp), product and quotient again: 5 ulp of logits below 8, in the target and in logZ.
    private const double TransformedTolerance = Tolerance + (2 * 5 * 4.8e-7);

    public static TheoryData<HostIsa> Isas => [.. CpuHarness.Isas];

    [Theory]
    [MemberData(nameof(Isas))]
    public void HeadForward_AwkwardShapes_MatchesDoubleSums(HostIsa isa)
    {
        foreach ((int r, int c, int v) in ((int, int, int)[])[(1, 8, 1), (3, 5, 2), (9, 17, 15), (2, 40, 16), (5, 12, 129), (17, 20, 1023), (4, 7, 1024), (33, 9, 1041), (6, 30, 2500)])
        {
            AssertMatchesDoubleSums(isa, r, c, v, Plain, Tolerance);
            AssertMatchesDoubleSums(isa, r, c, v, Transformed, TransformedTolerance);
        }
    }

    [Fact]
    public void HeadForward_LargeVocabulary_KeepsPrecision()
    {
        // Logits of standard deviation 4, the largest near 16.
        AssertMatchesDoubleSums(HostIsas.Best, 3, 16, 50001, Plain, Tolerance);
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void HeadForward_ProductsGiven_SameBitsAndProductsUnchanged(HostIsa isa)
    {
        const int R = 530, C = 11, V = 1100;
        using var harness = new CpuHarness(isa, 2);
        HeadInputs inputs = Inputs(harness, R, C, V);
        HeadOutputs expected = Outputs(harness, R), found = Outputs(harness, R);
        Tensor products = harness.Filled(new Shape(R, V), 0);
        harness.Ops.LinearForward(inputs.X, inputs.W, inputs.Bias, Tensor.None, products);
        int[] before = CpuHarness.Bits(products);
        harness.Ops.LogProbHeadForward(inputs, Transformed, expected);

        // Without hidden states to multiply: what it reads is the products.
        Tensor nothing = harness.Filled(inputs.X.Shape, 0);
        harness.Ops.LogProbHeadForward(inputs with { X = nothing, Products = products }, Transformed, found);

        Assert.Equal(CpuHarness.Bits(expected.LogProb), CpuHarness.Bits(found.LogProb));
        Assert.Equal(CpuHarness.Bits(expected.LogZ), CpuHarness.Bits(found.LogZ));
        Assert.Equal(CpuHarness.Bits(expected.Entropy), CpuHarness.Bits(found.Entropy));
        Assert.Equal(before, CpuHarness.Bits(products));
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void HeadForward_AnyTeamAnyBatchAnyRequest_SameBits(HostIsa isa)
    {
        const int R = 530, C = 11, V = 1100;
        using var harness = new CpuHarness(isa);
        HeadInputs inputs = Inputs(harness, R, C, V);
        HeadOutputs all = Outputs(harness, R);
        harness.Ops.LogProbHeadForward(inputs, Transformed, all);

        using (var team = new CpuHarness(isa, 7))
        {
            HeadOutputs few = new(team.Filled(new Shape(R), 0), team.Filled(new Shape(R), 0));
            team.Ops.LogProbHeadForward(Inputs(team, R, C, V), Transformed, few);
            Assert.Equal(CpuHarness.Bits(all.LogProb), CpuHarness.Bits(few.LogProb));
            Assert.Equal(CpuHarness.Bits(all.LogZ), CpuHarness.Bits(few.LogZ));
        }

        foreach (int row in (int[])[0, 1, 11, 12, 511, 512, 529])
        {
            HeadOutputs alone = Outputs(harness, 1);
            harness.Ops.LogProbHeadForward(inputs with { X = inputs.X.RowRange(row, 1), Targets = inputs.Targets.RowRange(row, 1) }, Transformed, alone);
            Assert.Equal(CpuHarness.Bits(all.LogProb)[row], CpuHarness.Bits(alone.LogProb)[0]);
            Assert.Equal(CpuHarness.Bits(all.Entropy)[row], CpuHarness.Bits(alone.Entropy)[0]);
            Assert.Equal(CpuHarness.Bits(all.LogSumSquares)[row], CpuHarness.Bits(alone.LogSumSquares)[0]);
            Assert.Equal(CpuHarness.Bits(all.MeanLogit)[row], CpuHarness.Bits(alone.MeanLogit)[0]);
        }
    }

    [Fact]
    public void HeadForward_TiedLogits_FirstIndexWins()
    {
        using var harness = new CpuHarness(HostIsas.Best);
        float[] w = new float[3000];
        (w[700], w[703], w[2900]) = (2, 2, 2);
        var inputs = new HeadInputs(harness.Filled(new Shape(2, 1), 1), harness.Upload(w, new Shape(3000, 1)), Tensor.None, harness.Upload([0, 2900], new Shape(2)));
        HeadOutputs outputs = Outputs(harness, 2);

        harness.Ops.LogProbHeadForward(inputs, Plain, outputs);

        Assert.Equal([700, 700], Indices(outputs.ArgMax));
    }

    [Fact]
    public void HeadForward_LogitsOfMinusInfinity_AddNothing()
    {
        using var harness = new CpuHarness(HostIsas.Best);
        float[] bias = new float[40];
        bias.AsSpan(2).Fill(float.NegativeInfinity);
        var inputs = new HeadInputs(harness.Filled(new Shape(1, 3), 1), harness.Filled(new Shape(40, 3), 1), harness.Upload(bias, new Shape(40)), harness.Upload([1], new Shape(1)));
        HeadOutputs outputs = Outputs(harness, 1);

        harness.Ops.LogProbHeadForward(inputs, Plain, outputs);

        // Two equal choices remain.
        Assert.Equal(-Math.Log(2), CpuHarness.Values(outputs.LogProb)[0], Tolerance);
        Assert.Equal(Math.Log(2), CpuHarness.Values(outputs.Entropy)[0], Tolerance);
        Assert.Equal(-Math.Log(2), CpuHarness.Values(outputs.LogSumSquares)[0], Tolerance);
    }

    private static void AssertMatchesDoubleSums(HostIsa isa, int r, int c, int v, HeadSpec spec, double tolerance)
    {
        using var harness = new CpuHarness(isa, 2);
        HeadInputs inputs = Inputs(harness, r, c, v);
        HeadOutputs outputs = Outputs(harness, r);
        Tensor products = harness.Filled(new Shape(r, v), 0);

        harness.Ops.LinearForward(inputs.X, inputs.W, inputs.Bias, Tensor.None, products);
        harness.Ops.LogProbHeadForward(inputs, spec, outputs);

        int[] targets = Indices(inputs.Targets);
        for (int i = 0; i < r; i++)
        {
            // From the same F32 products: those of the linear op, whose bits the head promises to share.
            double[] z = HeadOracle.Logits(CpuHarness.Values(products.RowRange(i, 1)), spec);
            HeadOracle oracle = new(z, targets[i]);
            Assert.Equal(oracle.LogProb, CpuHarness.Values(outputs.LogProb)[i], tolerance);
            Assert.Equal(oracle.LogZ, CpuHarness.Values(outputs.LogZ)[i], tolerance);
            Assert.Equal(oracle.Entropy, CpuHarness.Values(outputs.Entropy)[i], tolerance);
            Assert.Equal(oracle.LogSumSquares, CpuHarness.Values(outputs.LogSumSquares)[i], tolerance);
            Assert.Equal(oracle.MeanLogit, CpuHarness.Values(outputs.MeanLogit)[i], tolerance);
            Assert.Equal(oracle.ArgMax, Indices(outputs.ArgMax)[i]);
        }
    }

    /// <summary>Logits of standard deviation about 4.</summary>
    internal static HeadInputs Inputs(CpuHarness harness, int r, int c, int v)
    {
        int[] targets = [.. Enumerable.Range(0, r).Select(i => (int)((i * 7919L) + (v / 2)) % v)];
        return new HeadInputs(
            harness.Normal(1, r, c), harness.Normal(2, v, c, 4 / Math.Sqrt(c)), harness.Vector(3, v, 0.5), harness.Upload(targets, new Shape(r)));
    }

    internal static HeadOutputs Outputs(CpuHarness harness, int r) => new(
        harness.Filled(new Shape(r), 0),
        harness.Filled(new Shape(r), 0),
        harness.Filled(new Shape(r), 0),
        harness.Filled(new Shape(r), 0),
        harness.Filled(new Shape(r), 0),
        harness.Upload(new int[r], new Shape(r)));

    internal static unsafe int[] Indices(Tensor tensor) => new ReadOnlySpan<int>(tensor.Host<int>(), (int)tensor.Length).ToArray();
}
