using System.CommandLine;
using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign kernels verify</c>: every case of a backend against the oracle, and a whole tiny model against the host; a report for a pull request.</summary>
internal static class VerifyCommand
{
    private const string Model = "model";

    public static Command Create()
    {
        (Option<string> device, Option<string?> filter, Option<bool> json, Option<int> threads) = (Devices.Option(), KernelsCommand.Filter(), KernelsCommand.Json(), KernelsCommand.Threads());
        Option<string?> variant = Devices.Variant();
        Option<long?> mostFlops = new("--max-flops") { Description = "Only cases of at most so many operations: for checkers that interpret kernels." };
        Option<string?> report = new("--report") { Description = "Times the kernels too, and writes a report in Markdown." };
        var command = new Command("verify", "Check every kernel: forward, gradient, accumulation, determinism; and a tiny model. Exit code 1 if one fails.")
        {
            device, filter, json, threads, variant, mostFlops, report,
        };
        command.SetAction((result, cancellation) =>
        {
            (string? needle, long? most, string? file) = (result.GetValue(filter), result.GetValue(mostFlops), result.GetValue(report));
            string name = result.GetValue(device)!;
            List<KernelCase> cases = Limit(KernelsCommand.Select(DeviceSelection.IsDevice(name) ? [.. KernelCases.All, .. DeviceCases.All] : KernelCases.All, needle), most);
            using Backend backend = Devices.Open(name, result.GetValue(threads), result.GetValue(variant));
            double roundoff = Devices.RoundoffOf(result.GetValue(variant));
            List<CaseResult> rows = Verify(backend, roundoff > 0 ? KernelsCommand.Products(cases) : cases, roundoff, cancellation);
            if (needle is null && most is null && roundoff == 0)
            {
                rows.AddRange(ModelAgreement.Run(backend).Select(Row));
            }

            KernelsReport.Verification(Console.Out, backend, rows, result.GetValue(json));
            if (file is not null)
            {
                (Roofs roofs, List<Measured> timings) = KernelsCommand.Time(backend, KernelsCommand.Select(KernelCases.Timed, null), result.GetValue(variant), cancellation);
                File.WriteAllText(file, VerifyReport.Markdown(backend, result.GetValue(variant), rows, roofs, timings));
            }

            return Task.FromResult(rows.TrueForAll(static row => row.IsPassed || !row.IsSupported) ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    private static List<KernelCase> Limit(List<KernelCase> cases, long? mostFlops)
    {
        List<KernelCase> small = [.. cases.Where(kernel => mostFlops is null || kernel.ForwardFlops + kernel.BackwardFlops <= mostFlops)];
        return small.Count > 0 ? small : throw new InputException($"--max-flops: none of {cases.Count} cases has at most {mostFlops} operations");
    }

    /// <param name="backend">Where.</param>
    /// <param name="cases">What.</param>
    /// <param name="roundoff">That bounds assume; 0 takes the backend's.</param>
    /// <param name="cancellation">Honoured between cases.</param>
    private static List<CaseResult> Verify(Backend backend, List<KernelCase> cases, double roundoff, CancellationToken cancellation)
    {
        var rows = new List<CaseResult>();
        foreach (KernelCase kernel in cases)
        {
            cancellation.ThrowIfCancellationRequested();
            rows.Add(CaseVerifier.Verify(kernel, backend, roundoff));
        }

        return rows;
    }

    private static CaseResult Row(ModelDifference difference) => new(
        $"{Model}/{difference.Name}",
        Model,
        true,
        difference.Worst / difference.Limit,
        0,
        0,
        true,
        true,
        difference.IsPassed ? null : $"differs from the host by {difference.Worst:g3}, limit {difference.Limit:g3}");
}
