using System.CommandLine;
using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign kernels list|verify|bench|products|emit</c>: every op of a backend against the double-precision reference, and its speed against the machine.</summary>
internal static class KernelsCommand
{
    public static Command Create() => new("kernels", "List, verify and time the kernels of a device.")
    {
        CreateList(),
        VerifyCommand.Create(),
        CreateBench(),
        ProductsCommand.Create(),
        EmitCommand.Create(),
    };

    private static Command CreateList()
    {
        Option<string?> filter = Filter();
        Option<bool> json = Json();
        var command = new Command("list", "List the cases: name, operands, FLOPs, bytes.") { filter, json };
        command.SetAction(result =>
        {
            IReadOnlyList<KernelCase> cases = Select([.. KernelCases.All, .. DeviceCases.All, .. KernelCases.Timed], result.GetValue(filter));
            KernelsReport.List(Console.Out, cases, result.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateBench()
    {
        (Option<string> device, Option<string?> variant, Option<string?> filter, Option<bool> json, Option<int> threads) = (Devices.Option(), Devices.Variant(), Filter(), Json(), Threads());
        var command = new Command("bench", "Time every kernel at the size of a small model, against the peak and bandwidth measured in the same run.")
        {
            device, variant, filter, json, threads,
        };
        command.SetAction((result, cancellation) =>
        {
            string? name = result.GetValue(variant);
            List<KernelCase> cases = Select(KernelCases.Timed, result.GetValue(filter));
            using Backend backend = Devices.Open(result.GetValue(device)!, result.GetValue(threads), name);
            (Roofs roofs, List<Measured> rows) = Time(backend, cases, name, cancellation);
            MeasuredReport.Write(Console.Out, backend, [roofs], rows, result.GetValue(json));
            return Task.FromResult(rows.TrueForAll(static row => row.Failure is null) ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    /// <summary>Times cases, beside what the device can do at most; of a variant of lower precision its products alone, under bounds of that precision.</summary>
    internal static (Roofs Roofs, List<Measured> Rows) Time(Backend backend, List<KernelCase> cases, string? variant, CancellationToken cancellation)
    {
        double roundoff = Devices.RoundoffOf(variant);
        Roofs roofs = Devices.RoofsOf(backend);
        var rows = new List<Measured>();
        foreach (KernelCase kernel in roundoff > 0 ? Products(cases) : cases)
        {
            cancellation.ThrowIfCancellationRequested();
            rows.AddRange(KernelTimer.Measure(kernel, backend, TimeBudget.Kernel, roundoff, CasePhase.Forward, CasePhase.Backward));
        }

        return (roofs, rows);
    }

    /// <summary>What a variant of lower precision changes: bounds of other ops, and limits of whole models, are those of F32.</summary>
    internal static List<KernelCase> Products(List<KernelCase> cases)
    {
        List<KernelCase> products = [.. cases.Where(static kernel => kernel.Op == OpNames.Linear)];
        return products.Count > 0 ? products : throw new InputException($"--variant: it multiplies matrices, and none of {cases.Count} cases does");
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
