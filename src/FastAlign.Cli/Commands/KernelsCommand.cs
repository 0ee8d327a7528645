using System.CommandLine;
using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign kernels list|verify|bench|emit</c>: every op of a backend against the double-precision reference, and its speed against the machine.</summary>
internal static class KernelsCommand
{
    public static Command Create() => new("kernels", "List, verify and time the kernels of a device.")
    {
        CreateList(),
        VerifyCommand.Create(),
        CreateBench(),
        EmitCommand.Create(),
    };

    private static Command CreateList()
    {
        Option<string?> filter = Filter();
        Option<bool> json = Json();
        var command = new Command("list", "List the cases: name, operands, FLOPs, bytes.") { filter, json };
        command.SetAction(result =>
        {
            IReadOnlyList<KernelCase> cases = Select([.. KernelCases.All, .. KernelCases.Timed], result.GetValue(filter));
            KernelsReport.List(Console.Out, cases, result.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateBench()
    {
        (Option<string> device, Option<string?> filter, Option<bool> json, Option<int> threads) = (Devices.Option(), Filter(), Json(), Threads());
        var command = new Command("bench", "Time every kernel at the size of a small model, against the peak and bandwidth measured in the same run.") { device, filter, json, threads };
        command.SetAction((result, cancellation) =>
        {
            IReadOnlyList<KernelCase> cases = Select(KernelCases.Timed, result.GetValue(filter));
            using Backend backend = Devices.Open(result.GetValue(device)!, result.GetValue(threads));
            (Roof roof, List<KernelTiming> timings) = Time(backend, cases, result.GetValue(threads), cancellation);
            KernelsReport.Timings(Console.Out, backend, roof, timings, result.GetValue(json));
            return Task.FromResult(timings.TrueForAll(static row => row.IsVerified) ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    /// <summary>Times cases, beside what the device can do at most.</summary>
    internal static (Roof Roof, List<KernelTiming> Timings) Time(Backend backend, IReadOnlyList<KernelCase> cases, int threads, CancellationToken cancellation)
    {
        Roof roof = backend is DeviceBackend device && device.MeasureRoof() is var measured
            ? new Roof(measured.GigaflopsPerSecond, measured.GigabytesPerSecond)
            : Roof.Measure(threads);
        var timings = new List<KernelTiming>();
        foreach (KernelCase kernel in cases)
        {
            cancellation.ThrowIfCancellationRequested();
            timings.AddRange(KernelTiming.Measure(kernel, backend));
        }

        return (roof, timings);
    }

    internal static Option<string?> Filter() => new("--filter") { Description = "Only cases whose name contains this." };

    internal static Option<bool> Json() => new("--json") { Description = "Machine-readable result on standard output." };

    internal static Option<int> Threads() => new("--threads") { Description = "Host threads; 0 takes all processors." };

    internal static List<KernelCase> Select(IReadOnlyList<KernelCase> cases, string? filter)
    {
        List<KernelCase> selected = [.. cases.Where(kernel => filter is null || kernel.Name.Contains(filter, StringComparison.OrdinalIgnoreCase))];
        return selected.Count > 0 ? selected : throw new InputException($"--filter: '{filter}' matches none of {cases.Count} cases; see fastalign kernels list");
    }
}
