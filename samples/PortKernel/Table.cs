using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;

namespace PortKernel;

/// <summary>Prints the walk as a table in Markdown.</summary>
internal static class Table
{
    public static void Write(DeviceBackend backend, Roofs roofs, KernelCase timed, IReadOnlyList<StepResult> results)
    {
        Work work = timed.WorkOf(CasePhase.Backward);
        (Roof roof, double seconds) = roofs.Bound(work);
        Console.WriteLine(backend.Name);
        Console.WriteLine($"{timed.Name}: {work.Flops / 1e6:f1} MFLOP, {work.Bytes / 1e6:f2} MB, at best {seconds * 1e3:f3} ms, bound by {roof}");
        Console.WriteLine($"roofs measured in this run: {roofs.PeakGigaflops:f0} GFLOP/s of multiply-adds, {roofs.CopyGigabytes:f1} GB/s of a copy");
        Console.WriteLine();
        Console.WriteLine($"| {"step",-25} | threads | shared B | device reads | shared reads | cases | error / bound | {"ms",8} | GFLOP/s | of roof | against step 1 |");
        Console.WriteLine($"|{new string('-', 27)}|--------:|---------:|-------------:|-------------:|------:|--------------:|---------:|--------:|--------:|---------------:|");
        foreach (StepResult result in results)
        {
            WriteRow(result, roofs, results[0].Timed?.Times.BestSeconds ?? double.NaN);
        }
    }

    private static void WriteRow(StepResult result, Roofs roofs, double firstSeconds)
    {
        Step step = result.Step;
        Console.Write($"| {step.Name,-25} | {step.Kernel.GroupSize,7} | {step.Kernel.SharedBytes,8} | {step.DeviceReads,12:f3} | {step.SharedReads,12:f3} | {result.Cases,5} | ");
        Console.WriteLine(result.Timed is { } timed
            ? $"{result.Error,13:f3} | {timed.Times.BestSeconds * 1e3,8:f3} | {timed.GigaflopsPerSecond,7:f2} | {timed.ShareOf(roofs),7:p1} | {firstSeconds / timed.Times.BestSeconds,14:f2} |"
            : $"WRONG: {result.Failure} |");
    }
}
