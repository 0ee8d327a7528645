using System.CommandLine;
using FastAlign.Core;
using FastAlign.Kernels.Conformance;
using FastAlign.Kernels.Device;
using FastAlign.Workloads;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign bench</c>: what this machine makes of training and decoding, op by op and as a whole, as shares of its own limits.</summary>
internal static class BenchCommand
{
    private const string Products = $"{OpNames.Linear}/";
    private const string Decoding = "decode/";

    private enum Scale
    {
        Quick,
        Usual,
        Large,
    }

    public static Command Create()
    {
        (Option<string> device, Option<string?> variant, Option<bool> json, Option<int> threads) = (Devices.Option(), Devices.Variant(), KernelsCommand.Json(), KernelsCommand.Threads());
        Option<bool> quick = new("--quick") { Description = "Small models and shorter measurements: under a minute." };
        Option<bool> large = new("--large") { Description = "Sizes for a GPU: kernels of a model of the 1B class at 4096 tokens, steps of 8 pairs. A host takes an hour or more." };
        Option<string?> only = new("--only") { Description = "Only rows whose name contains this, e.g. linear, decode, dpo/smollm135m." };
        var command = new Command("bench", "Time kernels at model shapes, training steps and decoding, each against the roof that bounds it, and check every result.")
        {
            quick, large, json, threads, device, variant, only,
        };
        command.SetAction((result, cancellation) =>
        {
            string? name = result.GetValue(variant);
            List<BenchItem> items = Select(Items(ScaleOf(result.GetValue(quick), result.GetValue(large)), name), result.GetValue(only));
            using Backend backend = Devices.Open(result.GetValue(device)!, result.GetValue(threads), name);
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

    private static Scale ScaleOf(bool isQuick, bool isLarge) => (isQuick, isLarge) switch
    {
        (true, true) => throw new InputException("--large: expected no --quick beside it"),
        _ => isQuick ? Scale.Quick : isLarge ? Scale.Large : Scale.Usual,
    };

    private static IEnumerable<BenchItem> Items(Scale scale, string? variant)
    {
        (TimeBudget budget, TimeBudget ofStep) = scale == Scale.Quick ? (TimeBudget.QuickKernel, TimeBudget.QuickStep) : (TimeBudget.Kernel, TimeBudget.Step);
        double roundoff = Devices.RoundoffOf(variant);
        IReadOnlyList<TimedCase> cases = scale == Scale.Large ? ModelCases.Large : ModelCases.All(scale == Scale.Quick);
        IReadOnlyList<WorkloadPlan> plans = scale == Scale.Large ? WorkloadPlans.Large : WorkloadPlans.All(scale == Scale.Quick);
        IEnumerable<BenchItem> kernels = cases.Select(timed => new BenchItem(timed.Name, backend => KernelTimer.Measure(timed.Create(), backend, budget, roundoff, timed.Phases)));

        // Bounds of a lower precision are known for products alone, and only a row-invariant variant decodes to the bits of a training forward.
        bool isRowInvariant = KernelVariant.All.FirstOrDefault(known => known.Name == variant)?.IsRowInvariant ?? true;
        return roundoff > 0
            ? kernels.Where(static item => item.Name.StartsWith(Products, StringComparison.Ordinal))
            : kernels.Concat(plans.Where(plan => isRowInvariant || !plan.Name.StartsWith(Decoding, StringComparison.Ordinal))
                .Select(plan => new BenchItem(plan.Name, backend => [WorkloadTimer.Measure(plan, backend, ofStep)])));
    }

    private static List<BenchItem> Select(IEnumerable<BenchItem> all, string? text)
    {
        BenchItem[] items = [.. all];
        List<BenchItem> selected = [.. items.Where(item => text is null || item.Name.Contains(text, StringComparison.OrdinalIgnoreCase))];
        return selected.Count > 0 ? selected : throw new InputException($"--only: '{text}' matches none of {items.Length} rows, {items[0].Name} to {items[^1].Name}");
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
