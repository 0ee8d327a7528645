using System.CommandLine;
using FastAlign.Core;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign kernels list|verify|bench|emit</c>: every op of a backend against the double-precision reference, and its speed against the machine.</summary>
internal static class KernelsCommand
{
    public static Command Create() => new("kernels", "List, verify and time the kernels of a device.")
    {
        CreateList(),
        CreateVerify(),
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

    private static Command CreateVerify()
    {
        (Option<string> device, Option<string?> filter, Option<bool> json, Option<int> threads) = (Devices.Option(), Filter(), Json(), Threads());
        var command = new Command("verify", "Check every kernel: forward, gradient, accumulation, determinism. Exit code 1 if one fails.") { device, filter, json, threads };
        command.SetAction((result, cancellation) =>
        {
            IReadOnlyList<KernelCase> cases = Select(KernelCases.All, result.GetValue(filter));
            using Backend backend = Devices.Open(result.GetValue(device)!, result.GetValue(threads));
            var results = new List<CaseResult>();
            foreach (KernelCase kernel in cases)
            {
                cancellation.ThrowIfCancellationRequested();
                results.Add(CaseVerifier.Verify(kernel, backend));
            }

            KernelsReport.Verification(Console.Out, backend, results, result.GetValue(json));
            return Task.FromResult(results.TrueForAll(static row => row.IsPassed || !row.IsSupported) ? ExitCode.Done : ExitCode.Failed);
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
            Roof roof = Roof.Measure(result.GetValue(threads));
            var timings = new List<KernelTiming>();
            foreach (KernelCase kernel in cases)
            {
                cancellation.ThrowIfCancellationRequested();
                timings.AddRange(KernelTiming.Measure(kernel, backend));
            }

            KernelsReport.Timings(Console.Out, backend, roof, timings, result.GetValue(json));
            return Task.FromResult(timings.TrueForAll(static row => row.IsVerified) ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    private static Option<string?> Filter() => new("--filter") { Description = "Only cases whose name contains this." };

    private static Option<bool> Json() => new("--json") { Description = "Machine-readable result on standard output." };

    private static Option<int> Threads() => new("--threads") { Description = "Host threads; 0 takes all processors." };

    private static List<KernelCase> Select(IReadOnlyList<KernelCase> cases, string? filter)
    {
        List<KernelCase> selected = [.. cases.Where(kernel => filter is null || kernel.Name.Contains(filter, StringComparison.OrdinalIgnoreCase))];
        return selected.Count > 0 ? selected : throw new InputException($"--filter: '{filter}' matches none of {cases.Count} cases; see fastalign kernels list");
    }
}
