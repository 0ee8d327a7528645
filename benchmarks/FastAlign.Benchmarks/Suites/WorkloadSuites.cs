using BenchmarkDotNet.Attributes;
using FastAlign.Cpu;
using FastAlign.Kernels.Conformance;
using FastAlign.Workloads;

namespace FastAlign.Benchmarks;

/// <summary>Whole steps and rollouts: one call an iteration; checked when the timing is over.</summary>
[WarmupCount(3), IterationCount(7), InvocationCount(1)]
public abstract class WorkloadBenchmark
{
    private const string Rollout = "rollout/";

    private CpuBackend? _backend;
    private IWorkload? _workload;

    /// <summary>Name of the workload.</summary>
    public abstract string Row { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _backend = Machine.Open();
        _workload = Plan().Open(_backend);
    }

    [Benchmark]
    public void Run() => _workload!.Run();

    [GlobalCleanup]
    public void CheckAndFree()
    {
        WorkloadPlan plan = Plan();
        var row = new Measured(Row, default, plan.Count(_backend!, isWhole: true), _backend!.PeakBytes) { Tokens = plan.Tokens };
        Board.Pin(row with { Failure = _workload!.Check() });
        _workload.Dispose();
        _backend.Dispose();
    }

    /// <summary>Names of rows: what is timed of a generation here is more than its decoding, so it has another name.</summary>
    protected static IEnumerable<string> RowsOf(bool isRollout) => WorkloadPlans.All(isQuick: false).Select(NameOf).Where(name => name.StartsWith(Rollout, StringComparison.Ordinal) == isRollout);

    private static string NameOf(WorkloadPlan plan) => plan.Name.Replace("decode/", Rollout, StringComparison.Ordinal);

    private WorkloadPlan Plan() => WorkloadPlans.All(isQuick: false).Single(plan => NameOf(plan) == Row);
}

/// <summary>Optimizer steps: DPO with a reference run forward, and SFT.</summary>
public class Steps : WorkloadBenchmark
{
    public static IEnumerable<string> Rows => RowsOf(isRollout: false);

    [ParamsSource(nameof(Rows))]
    public override string Row { get; set; } = "";
}

/// <summary>Generations, the prompt's part and the cache's allocation included; <c>fastalign bench</c> times the decoding alone.</summary>
public class Rollouts : WorkloadBenchmark
{
    public static IEnumerable<string> Rows => RowsOf(isRollout: true);

    [ParamsSource(nameof(Rows))]
    public override string Row { get; set; } = "";
}
