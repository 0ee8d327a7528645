using FastAlign.Core;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Workloads;

/// <summary>Times workloads, then checks them.</summary>
public static class WorkloadTimer
{
    public static Measured Measure(WorkloadPlan plan, Backend backend, TimeBudget budget)
    {
        Work work = plan.Count(backend);
        backend.ResetPeak();
        using IWorkload workload = plan.Open(backend);
        var times = Times.Measure(() => workload.Run(), budget);
        long peak = backend.PeakBytes;
        return new Measured(plan.Name, times, work, peak) { Tokens = plan.Tokens, Failure = workload.Check() };
    }
}
