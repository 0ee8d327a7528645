using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Kernels.Conformance;
using FastAlign.Models;
using FastAlign.Workloads;

namespace FastAlign.Tests.Workloads;

public sealed class WorkloadTests
{
    private static readonly DecoderSpec Tiny = ModelShapes.Llama(2, 32, (4, 2, 8), 48, 97);

    public static TheoryData<string> Names => ["dpo", "sft", "decode"];

    [Theory, MemberData(nameof(Names))]
    public void Workload_RunAndChecked_IsRightAndLeavesNoBuffers(string name)
    {
        using var backend = new CpuBackend(1);

        using (IWorkload workload = Plan(name).Open(backend))
        {
            Assert.InRange(workload.Run(), 1e-9, 60);
            workload.Run();

            Assert.Null(workload.Check());
        }

        Assert.Equal(0, backend.LiveBuffers);
    }

    /// <summary>Checks that always pass would be worth nothing: weights that change under the workload are seen.</summary>
    [Fact]
    public void Check_WrongLoss_IsNamed()
    {
        using var backend = new CpuBackend(1);
        using var sft = new StepWorkload(new Scaled(backend), Tiny, StepKind.Sft, new StepSize(2, 0, 20));
        sft.Run();

        Assert.StartsWith("loss of equal logits: expected 4.57", sft.Check(), StringComparison.Ordinal);
    }

    /// <summary>Parameters that take part in products: all but norms (the head is the embedding). Forward, and twice that backward.</summary>
    [Fact]
    public void Count_SftStep_IsSixFlopsPerWeightAndTokenAndMore()
    {
        using var backend = new CpuBackend(1);
        var size = new StepSize(3, 0, 40);
        using ParameterSet parameters = ModelShapes.RandomWeights(Tiny, backend);
        long weights = parameters.Specs.Where(static spec => spec.Shape.Rank == 2).Sum(static spec => spec.Shape.Length);

        Work work = WorkloadPlans.Sft("tiny", Tiny, size).Count(backend);

        // The head is run on one token fewer per sequence; attention and the elementwise ops come on top.
        double products = 6.0 * weights * size.Examples * size.Response;
        Assert.InRange(work.Flops, 0.95 * products, 1.8 * products);
        Assert.Equal(Roof.Gemm, work.Arithmetic);
    }

    /// <summary>Prefill is not timed, so it is not counted: a longer prompt adds attention to its keys only.</summary>
    [Fact]
    public void Count_Decode_LeavesPrefillOut()
    {
        using var backend = new CpuBackend(1);
        Work one = new WorkloadPlan("short", 0, b => new DecodeWorkload(b, Tiny, 1, 8, 9)).Count(backend);
        Work other = new WorkloadPlan("long", 0, b => new DecodeWorkload(b, Tiny, 1, 64, 9)).Count(backend);

        double keys = 56 * 8 * 2 * Tiny.Heads * ((4.0 * Tiny.HeadDim) + 10);
        Assert.Equal(keys, other.Flops - one.Flops);
    }

    private static WorkloadPlan Plan(string name) => name switch
    {
        "dpo" => WorkloadPlans.Dpo("tiny", Tiny, new StepSize(2, 7, 9)),
        "sft" => WorkloadPlans.Sft("tiny", Tiny, new StepSize(2, 3, 9)),
        _ => WorkloadPlans.Decode("tiny", Tiny, 3),
    };

    /// <summary>The host, whose log-prob head doubles what it says.</summary>
    private sealed class Scaled(CpuBackend host) : HostBackend
    {
        public override string Name => "scaled";

        public override string NumericsId => "none";

        public override IOps Ops { get; } = new DoubledHead(host.Ops);
    }

    private sealed class DoubledHead(IOps inner) : Kernels.ForwardingOps(inner)
    {
        public override void LogProbHeadForward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs)
        {
            base.LogProbHeadForward(inputs, spec, outputs);
            Inner.Scale(outputs.LogProb, 2);
        }
    }
}
