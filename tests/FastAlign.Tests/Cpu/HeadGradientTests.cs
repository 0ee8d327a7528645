using FastAlign.Core;
using FastAlign.Cpu;

namespace FastAlign.Tests.Cpu;

/// <summary>The head's gradients against central differences of a double loss, and their promises about bits and memory.</summary>
public sealed class HeadGradientTests
{
    private static readonly HeadSpec Plain = new();
    private static readonly HeadSpec Transformed = new(LogitScale: 1.5f, SoftCap: 5, Temperature: 0.7f);

    public static TheoryData<HostIsa> Isas => [.. CpuHarness.Isas];

    [Theory]
    [MemberData(nameof(Isas))]
    public void HeadBackward_AllGradients_MatchCentralDifferences(HostIsa isa)
    {
        foreach (HeadSpec spec in (HeadSpec[])[Plain, Transformed])
        {
            foreach ((int r, int c, int v) in ((int, int, int)[])[(3, 5, 37), (7, 3, 1050)])
            {
                AssertMatchesDifferences(isa, r, c, v, spec, hasEntropy: true);
                AssertMatchesDifferences(isa, r, c, v, spec, hasEntropy: false);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void HeadBackward_SplitRowsOrMoreThreads_SameBits(HostIsa isa)
    {
        const int R = 520, C = 5, V = 1030;
        int[][] expected = Run(1, R);

        Assert.Equal(expected, Run(7, R));
        Assert.Equal(expected, Run(2, 1));
        Assert.Equal(expected, Run(1, 514));

        int[][] Run(int threads, int split)
        {
            using var harness = new CpuHarness(isa, threads);
            HeadInputs inputs = HeadTests.Inputs(harness, R, C, V);
            HeadOutputs outputs = HeadTests.Outputs(harness, R);
            HeadGradients gradients = Gradients(harness, R, C, V);
            harness.Ops.LogProbHeadForward(inputs, Transformed, outputs);
            foreach ((int start, int count) in ((int, int)[])[(0, split), (split, R - split)])
            {
                harness.Ops.LogProbHeadBackward(
                    inputs with { X = inputs.X.RowRange(start, count), Targets = inputs.Targets.RowRange(start, count) },
                    Transformed,
                    new HeadOutputs(outputs.LogProb, outputs.LogZ.RowRange(start, count), outputs.Entropy.RowRange(start, count)),
                    gradients with
                    {
                        LogProb = gradients.LogProb.RowRange(start, count),
                        Entropy = gradients.Entropy.RowRange(start, count),
                        X = gradients.X.RowRange(start, count),
                    });
            }

            return [CpuHarness.Bits(gradients.X), CpuHarness.Bits(gradients.W), CpuHarness.Bits(gradients.Bias)];
        }
    }

    [Fact]
    public void HeadBackward_FrozenWeights_SameHiddenGradient()
    {
        using var harness = new CpuHarness(HostIsas.Best);
        HeadInputs inputs = HeadTests.Inputs(harness, 5, 6, 70);
        HeadOutputs outputs = HeadTests.Outputs(harness, 5);
        HeadGradients gradients = Gradients(harness, 5, 6, 70);
        harness.Ops.LogProbHeadForward(inputs, Plain, outputs);
        harness.Ops.LogProbHeadBackward(inputs, Plain, outputs, gradients);
        int[] expected = CpuHarness.Bits(gradients.X);

        harness.Ops.LogProbHeadBackward(inputs, Plain, outputs, gradients with { W = Tensor.None, Bias = Tensor.None });

        Assert.Equal(expected, CpuHarness.Bits(gradients.X));
    }

    /// <summary>How near the slope is to the derivative, cases tell (<c>HeadBound</c>).</summary>
    [Theory]
    [MemberData(nameof(Isas))]
    public void HeadForward_KeepsSlope_OtherResultsKeepTheirBits(HostIsa isa)
    {
        const int R = 9, C = 19, V = 3100;
        using var harness = new CpuHarness(isa, 2);
        HeadInputs inputs = HeadTests.Inputs(harness, R, C, V);
        HeadOutputs outputs = HeadTests.Outputs(harness, R);
        harness.Ops.LogProbHeadForward(inputs, Transformed, outputs);
        int[][] expected = Results(outputs);

        harness.Ops.LogProbHeadForward(inputs, Transformed, outputs with { Slope = harness.Filled(new Shape(R, C), float.NaN) });

        Assert.Equal(expected, Results(outputs));

        static int[][] Results(HeadOutputs o) =>
            [.. ((Tensor[])[o.LogProb, o.LogZ, o.Entropy, o.LogSumSquares, o.MeanLogit]).Select(CpuHarness.Bits), HeadTests.Indices(o.ArgMax)];
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void HeadForward_SlopeOfARowAloneOrMoreThreads_SameBits(HostIsa isa)
    {
        const int R = 515, C = 7, V = 2100;
        int[] expected = Slope(threads: 1, split: R);

        Assert.Equal(expected, Slope(threads: 7, split: R));
        Assert.Equal(expected, Slope(threads: 2, split: 1));
        Assert.Equal(expected, Slope(threads: 1, split: 514));

        int[] Slope(int threads, int split)
        {
            using var harness = new CpuHarness(isa, threads);
            HeadInputs inputs = HeadTests.Inputs(harness, R, C, V);
            HeadOutputs outputs = HeadTests.Outputs(harness, R);
            Tensor slope = harness.Filled(new Shape(R, C), float.NaN);
            foreach ((int start, int count) in ((int, int)[])[(0, split), (split, R - split)])
            {
                if (count > 0)
                {
                    harness.Ops.LogProbHeadForward(
                        inputs with { X = inputs.X.RowRange(start, count), Targets = inputs.Targets.RowRange(start, count) },
                        Transformed,
                        new HeadOutputs(outputs.LogProb.RowRange(start, count), outputs.LogZ.RowRange(start, count)) { Slope = slope.RowRange(start, count) });
                }
            }

            return CpuHarness.Bits(slope);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Head_GrowingVocabulary_ConstantScratchAndNothingAllocated(int threads)
    {
        using var harness = new CpuHarness(HostIsas.Best, threads);
        long workspace = harness.Ops.WorkspaceBytes;
        foreach (int v in (int[])[1000, 128256])
        {
            HeadInputs inputs = HeadTests.Inputs(harness, 2, 4, v);
            HeadOutputs outputs = HeadTests.Outputs(harness, 2);
            HeadGradients gradients = Gradients(harness, 2, 4, v);
            Tensor slope = harness.Normal(15, 2, 4);
            Step();
            long before = GC.GetAllocatedBytesForCurrentThread();
            Step();
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

            void Step()
            {
                harness.Ops.LogProbHeadForward(inputs, Plain, outputs);
                harness.Ops.LogProbHeadBackward(inputs, Plain, outputs, gradients);
                HeadOutputs kept = outputs with { Slope = slope };
                harness.Ops.LogProbHeadForward(inputs, Plain, kept);
                harness.Ops.LogProbHeadBackward(inputs, Plain, kept, gradients with { W = Tensor.None, Bias = Tensor.None, Entropy = Tensor.None });
            }
        }

        Assert.Equal(workspace, harness.Ops.WorkspaceBytes);
    }

    private static void AssertMatchesDifferences(HostIsa isa, int r, int c, int v, HeadSpec spec, bool hasEntropy)
    {
        using var harness = new CpuHarness(isa, 2);
        HeadInputs inputs = HeadTests.Inputs(harness, r, c, v);
        HeadOutputs outputs = HeadTests.Outputs(harness, r);
        HeadGradients gradients = Gradients(harness, r, c, v);
        gradients = hasEntropy ? gradients : gradients with { Entropy = Tensor.None };
        (float[] oldW, float[] oldBias) = (CpuHarness.Values(gradients.W), CpuHarness.Values(gradients.Bias));

        harness.Ops.LogProbHeadForward(inputs, spec, outputs);
        harness.Ops.LogProbHeadBackward(inputs, spec, outputs, gradients);

        HeadLoss loss = new(inputs, gradients, HeadTests.Indices(inputs.Targets), spec);
        AssertClose(loss.DifferencesByX(), CpuHarness.Values(gradients.X), new float[r * c], "dx");
        AssertClose(loss.DifferencesByW(), CpuHarness.Values(gradients.W), oldW, "dw");
        AssertClose(loss.DifferencesByBias(), CpuHarness.Values(gradients.Bias), oldBias, "dbias");

        void AssertClose((int Index, double Slope)[] expected, float[] actual, float[] old, string what)
        {
            // p carries the rounding of logZ and of the logit (1e-6 each) and the chains add at most 1050 roundings of terms that mostly cancel;
            // a wrong factor is five orders larger.
            double scale = Math.Max(1, expected.Max(pair => Math.Abs(pair.Slope)));
            foreach ((int index, double slope) in expected)
            {
                Assert.True(
                    Math.Abs(old[index] + slope - actual[index]) <= 1e-5 * scale,
                    $"{what}[{index}] r={r} v={v} entropy={hasEntropy} {isa}: expected {old[index] + slope}, got {actual[index]}");
            }
        }
    }

    private static HeadGradients Gradients(CpuHarness harness, int r, int c, int v) => new(
        harness.Vector(11, r), harness.Vector(12, r), harness.Filled(new Shape(r, c), float.NaN), harness.Normal(13, v, c), harness.Vector(14, v));
}
