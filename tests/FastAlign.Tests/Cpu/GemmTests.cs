using FastAlign.Core;
using FastAlign.Cpu;

namespace FastAlign.Tests.Cpu;

/// <summary>The linear ops promise an order of additions, hence their oracle is the chain itself and every comparison is of bits.</summary>
public sealed class GemmTests
{
    private static readonly int[] Sides = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 17, 25, 32, 33, 40];
    private static readonly int[] Depths = [1, 3, 16, 21, 40];

    public static TheoryData<HostIsa> Isas => [.. CpuHarness.Isas];

    [Theory]
    [MemberData(nameof(Isas))]
    public void Linear_SmallShapes_EqualTheChain(HostIsa isa)
    {
        using var harness = new CpuHarness(isa);
        foreach (int n in Sides)
        {
            foreach (int o in Sides)
            {
                AssertEqualsChain(harness, isa, n, o, Depths[(n + o) % Depths.Length]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void Linear_AwkwardShapes_EqualTheChain(HostIsa isa)
    {
        using var harness = new CpuHarness(isa);
        // Odd sides; depths on both sides of one and two panel spans (384), of the span of a few rows (1024) and of the stretch beyond which the output
        // carries the chain (4096), and one at which no row of the left factor fits its buffer; rows on both sides of those that count as few (32, 64).
        (int, int, int)[] shapes =
        [
            (5, 123, 123), (1, 70, 383), (2, 33, 384), (13, 65, 385), (9, 40, 800), (3, 37, 4097), (2, 3, 270001), (1100, 3, 5), (7, 1100, 9),
            (31, 97, 1030), (33, 50, 65), (64, 61, 2049), (65, 47, 33),
        ];
        foreach ((int n, int o, int k) in shapes)
        {
            AssertEqualsChain(harness, isa, n, o, k);
            AssertEqualsChain(harness, isa, k, n, o);
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void Linear_AnyTeam_SameBits(HostIsa isa)
    {
        int[][] expected = Run(isa, 1);

        foreach (int threads in (int[])[2, 7])
        {
            Assert.Equal(expected, Run(isa, threads));
        }

        static int[][] Run(HostIsa isa, int threads)
        {
            using var harness = new CpuHarness(isa, threads);
            const int N = 150, O = 70, K = 400;
            Tensor x = harness.Normal(1, N, K), w = harness.Normal(2, O, K), dy = harness.Normal(3, N, O);
            Tensor y = harness.Normal(4, N, O), dx = harness.Normal(5, N, K), dw = harness.Normal(6, O, K), dbias = harness.Vector(7, O);
            harness.Ops.LinearForward(x, w, dbias, y, y);
            harness.Ops.LinearBackwardInput(dy, w, Write.Add, dx);
            harness.Ops.LinearBackwardWeight(x, dy, dw, dbias);
            return [CpuHarness.Bits(y), CpuHarness.Bits(dx), CpuHarness.Bits(dw), CpuHarness.Bits(dbias)];
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void LinearForward_RowAlone_SameBitsAsInBatch(HostIsa isa)
    {
        using var harness = new CpuHarness(isa);
        const int N = 53, O = 45, K = 500;
        Tensor x = harness.Normal(1, N, K), w = harness.Normal(2, O, K), bias = harness.Vector(3, O);
        Tensor y = harness.Normal(4, N, O), part = harness.Normal(5, N, O);
        harness.Ops.LinearForward(x, w, bias, Tensor.None, y);

        for (int start = 0; start < N; start++)
        {
            int count = Math.Min(1 + (start % 9), N - start);
            Tensor rows = part.RowRange(0, count);
            harness.Ops.LinearForward(x.RowRange(start, count), w, bias, Tensor.None, rows);
            Assert.Equal(CpuHarness.Bits(y.RowRange(start, count)), CpuHarness.Bits(rows));
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void LinearBackwardWeight_SplitAtAnyRow_SameBits(HostIsa isa)
    {
        using var harness = new CpuHarness(isa, 2);
        const int N = 29, O = 45, K = 70;
        Tensor x = harness.Normal(1, N, K), dy = harness.Normal(2, N, O);
        Tensor dw = harness.Normal(3, O, K), dbias = harness.Vector(4, O);
        (Tensor startW, Tensor startBias) = (harness.Clone(dw), harness.Clone(dbias));
        harness.Ops.LinearBackwardWeight(x, dy, dw, dbias);

        for (int split = 0; split <= N; split++)
        {
            (Tensor partW, Tensor partBias) = (harness.Clone(startW), harness.Clone(startBias));
            harness.Ops.LinearBackwardWeight(x.RowRange(0, split), dy.RowRange(0, split), partW, partBias);
            harness.Ops.LinearBackwardWeight(x.RowRange(split, N - split), dy.RowRange(split, N - split), partW, partBias);
            Assert.Equal(CpuHarness.Bits(dw), CpuHarness.Bits(partW));
            Assert.Equal(CpuHarness.Bits(dbias), CpuHarness.Bits(partBias));
        }
    }

    [Fact]
    public void Linear_VectorInstructionSets_SameBits()
    {
        HostIsa[] fused = [.. CpuHarness.Isas.Where(isa => isa != HostIsa.Scalar)];
        Assert.SkipWhen(fused.Length < 2, "needs a machine with two vector instruction sets");

        int[][] bits = [.. fused.Select(Forward)];

        Assert.All(bits, b => Assert.Equal(bits[0], b));

        static int[] Forward(HostIsa isa)
        {
            using var harness = new CpuHarness(isa);
            Tensor y = harness.Filled(new Shape(31, 61), 0);
            harness.Ops.LinearForward(harness.Normal(1, 31, 777), harness.Normal(2, 61, 777), Tensor.None, Tensor.None, y);
            return CpuHarness.Bits(y);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Linear_SteadyState_AllocatesNothing(int threads)
    {
        using var harness = new CpuHarness(HostIsas.Best, threads);
        Tensor x = harness.Normal(1, 40, 50), w = harness.Normal(2, 60, 50), y = harness.Normal(3, 40, 60), dbias = harness.Vector(4, 60);
        long workspace = harness.Ops.WorkspaceBytes;
        Step();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
        {
            Step();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(workspace, harness.Ops.WorkspaceBytes);

        void Step()
        {
            harness.Ops.LinearForward(x, w, dbias, y, y);
            harness.Ops.LinearBackwardInput(y, w, Write.Add, x);
            harness.Ops.LinearBackwardWeight(x, y, w, dbias);
        }
    }

    private static void AssertEqualsChain(CpuHarness harness, HostIsa isa, int n, int o, int k)
    {
        Tensor x = harness.Strided(1, n, k, 3), w = harness.Normal(2, o, k), dy = harness.Strided(3, n, o, 2), bias = harness.Vector(4, o);
        Tensor y = harness.Strided(5, n, o, 1), dx = harness.Strided(6, n, k, 4), dw = harness.Normal(7, o, k);
        LinearChain chain = new(CpuHarness.Values(x), CpuHarness.Values(w), CpuHarness.Values(dy), n, o, k, isa != HostIsa.Scalar);

        float[] expected = chain.Forward(CpuHarness.Values(bias), CpuHarness.Values(y));
        harness.Ops.LinearForward(x, w, bias, y, y);
        AssertSame(expected, y, "bias and residual in place");
        harness.Ops.LinearForward(x, w, Tensor.None, Tensor.None, y);
        AssertSame(chain.Forward(null, null), y, "bare");

        expected = chain.BackwardInput(CpuHarness.Values(dx));
        harness.Ops.LinearBackwardInput(dy, w, Write.Add, dx);
        AssertSame(expected, dx, "dx +=");
        harness.Ops.LinearBackwardInput(dy, w, Write.Assign, dx);
        AssertSame(chain.BackwardInput(null), dx, "dx =");

        (float[] expectedW, float[] expectedBias) = chain.BackwardWeight(CpuHarness.Values(dw), CpuHarness.Values(bias));
        harness.Ops.LinearBackwardWeight(x, dy, dw, bias);
        AssertSame(expectedW, dw, "dw +=");
        AssertSame(expectedBias, bias, "dbias +=");

        void AssertSame(float[] values, Tensor actual, string what) =>
            Assert.True(values.AsSpan().SequenceEqual(CpuHarness.Values(actual)), $"{what} at n={n} o={o} k={k}, {isa}");
    }
}
