using System.CommandLine;
using FastAlign.Core;
using FastAlign.Kernels.Conformance;
using FastAlign.Workloads;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign bench</c>: what this machine makes of training and decoding, op by op and as a whole, as shares of its own limits.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        (Option<string> device, Option<bool> json, Option<int> threads) = (Devices.Option(), KernelsCommand.Json(), KernelsCommand.Threads());
        Option<bool> quick = new("--quick") { Description = "Small models and shorter measurements: under a minute." };
        Option<string?> only = new("--only") { Description = "Only rows whose name contains this, e.g. linear, decode, dpo/smollm135m." };
        var command = new Command("bench", "Time kernels at model shapes, training steps and decoding, each against the roof that bounds it, and check every result.")
        {
            quick, json, threads, device, only,
        };
        command.SetAction((result, cancellation) =>
        {
            bool isQuick = result.GetValue(quick);
            List<BenchItem> items = Select(Items(isQuick), result.GetValue(only));
            using Backend backend = Devices.Open(result.GetValue(device)!, result.GetValue(threads));
            IReadOnlyList<Roofs> before = Devices.AllRoofsOf(backend);
            var rows = new List<Measured>();
            foreach (BenchItem item in items)
            {
                cancellation.ThrowIfCancellationRequested();
                Report($"{rows.Count,3} rows, {item.Name}");
                rows.AddRange(item.Measure(backend));
            }

            Report("");

            // Rows are shares of the last: what disturbed it before the rows will not disturb it after them.
            Roofs[] roofs = [.. before.SkipLast(1), before[^1].Or(Devices.RoofsOf(backend))];
            MeasuredReport.Write(Console.Out, backend, roofs, rows, result.GetValue(json));
            return Task.FromResult(rows.TrueForAll(static row => row.Failure is null) ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    private static IReadOnlyList<BenchItem> Items(bool isQuick)
    {
        (TimeBudget budget, TimeBudget ofStep) = isQuick ? (TimeBudget.QuickKernel, TimeBudget.QuickStep) : (TimeBudget.Kernel, TimeBudget.Step);
        return
        [
            .. ModelCases.All(isQuick).Select(timed => new BenchItem(timed.Name, backend => KernelTimer.Measure(timed.Create(), backend, budget, timed.Phases))),
            .. WorkloadPlans.All(isQuick).Select(plan => new BenchItem(plan.Name, backend => [WorkloadTimer.Measure(plan, backend, ofStep)])),
        ];
    }

    private static List<BenchItem> Select(IReadOnlyList<BenchItem> items, string? text)
    {
        List<BenchItem> selected = [.. items.Where(item => text is null || item.Name.Contains(text, StringComparison.OrdinalIgnoreCase))];
        return selected.Count > 0 ? selected : throw new InputException($"--only: '{text}' matches none of {items.Count} rows, {items[0].Name} to {items[^1].Name}");
    }

    /// <summary>Where it is, for a person who waits.</summary>
    private static void Report(string text)
    {
        if (!Console.IsErrorRedirected)
        {
            Console.Error.Write($"\r{text,-79}\r");
        }
    }

    private sealed record BenchItem(string Name, Func<Backend, IReadOnlyList<Measured>> Measure);
}
