using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Tests.Kernels;

/// <summary>Parts of large cases: right kernels pass, and one wrong element of what is sampled does not.</summary>
public sealed class SampledVerifierTests
{
    private static readonly Dictionary<string, KernelCase> Cases = new KernelCase[]
    {
        new LinearCase("large", 64, 576, 960, new LinearVariant(HasBias: true)),
        new LinearCase("large-residual-add", 64, 576, 960, new LinearVariant(HasResidual: true, Write: Write.Add)),
        new AttentionCase("large-tree", new AttentionSizes(6, 3, 64), 384, [new(0, 128, -1), new(128, 128, 0), new(256, 128, 0)]),
        new HeadCase("large", 64, 64, 8192, new HeadVariant(new HeadSpec(Temperature: 0.8f), HasBias: true, HasStatistics: true)),
        new HeadCase("large-frozen", 64, 64, 8192, new HeadVariant(new HeadSpec(), IsFrozen: true)),
    }.ToDictionary(static kernel => kernel.Name);

    public static TheoryData<string> Names => [.. Cases.Keys];

    /// <summary>Mutated operand, by case: what each part compares.</summary>
    public static TheoryData<string, string> Results => new()
    {
        { "linear/large", "y" }, { "linear/large", "dX" }, { "linear/large", "dW" }, { "linear/large", "dBias" },
        { "attention/large-tree", "y" }, { "attention/large-tree", "logZ" }, { "attention/large-tree", "dQ" }, { "attention/large-tree", "dK" }, { "attention/large-tree", "dV" },
        { "log_prob_head/large", "logProb" }, { "log_prob_head/large", "logZ" }, { "log_prob_head/large", "dX" }, { "log_prob_head/large", "dW" },
    };

    [Theory, MemberData(nameof(Names))]
    public void Check_RightKernel_FindsNothing(string name)
    {
        using var backend = new CpuBackend(1);

        Assert.NotEmpty(Cases[name].Parts());
        Assert.Null(SampledVerifier.Check(Cases[name], backend));
    }

    [Theory, MemberData(nameof(Results))]
    public void Check_LastElementOff_NamesTheResult(string name, string operand)
    {
        using var host = new CpuBackend(1);
        using var backend = new PerturbedBackend(new PerturbedOps(host.Ops, operand));

        Assert.Contains($"{operand}[", SampledVerifier.Check(Cases[name], backend), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 4, new[] { 0, 1, 2 })]
    [InlineData(10, 4, new[] { 0, 3, 6, 9 })]
    [InlineData(49152, 3, new[] { 0, 24575, 49151 })]
    public void Spread_AnyLength_HoldsBothEnds(int length, int count, int[] expected) => Assert.Equal(expected, CasePart.Spread(length, count));

    private sealed class PerturbedBackend(IOps ops) : HostBackend
    {
        public override string Name => "perturbed";

        public override string NumericsId => "none";

        public override IOps Ops => ops;
    }

    /// <summary>Right kernels, but for the last element of one result.</summary>
    private sealed class PerturbedOps(IOps inner, string operand) : ForwardingOps(inner)
    {
        public override void LinearForward(Tensor x, Tensor w, Tensor bias, Tensor residual, Tensor y)
        {
            base.LinearForward(x, w, bias, residual, y);
            Perturb("y", y);
        }

        public override void LinearBackwardInput(Tensor dy, Tensor w, Write write, Tensor dx)
        {
            base.LinearBackwardInput(dy, w, write, dx);
            Perturb("dX", dx);
        }

        public override void LinearBackwardWeight(Tensor x, Tensor dy, Tensor dw, Tensor dbias)
        {
            base.LinearBackwardWeight(x, dy, dw, dbias);
            Perturb("dW", dw);
            Perturb("dBias", dbias);
        }

        public override void AttentionForward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec)
        {
            base.AttentionForward(tensors, layout, spec);
            Perturb("y", tensors.Y);
            Perturb("logZ", tensors.LogZ);
        }

        public override void AttentionBackward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec, Tensor dy, Tensor dq, Tensor dk, Tensor dv)
        {
            base.AttentionBackward(tensors, layout, spec, dy, dq, dk, dv);
            Perturb("dQ", dq);
            Perturb("dK", dk);
            Perturb("dV", dv);
        }

        public override void LogProbHeadForward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs)
        {
            base.LogProbHeadForward(inputs, spec, outputs);
            Perturb("logProb", outputs.LogProb);
            Perturb("logZ", outputs.LogZ);
        }

        public override void LogProbHeadBackward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs, in HeadGradients gradients)
        {
            base.LogProbHeadBackward(inputs, spec, outputs, gradients);
            Perturb("dX", gradients.X);
            Perturb("dW", gradients.W);
        }

        private void Perturb(string name, Tensor tensor)
        {
            if (name == operand)
            {
                ref float last = ref tensor.HostSpan<float>()[^1];
                last += (MathF.Abs(last) * 1e-2f) + 1e-2f;
            }
        }
    }
}
