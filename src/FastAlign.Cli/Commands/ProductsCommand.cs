using System.CommandLine;
using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;
using FastAlign.Kernels.Device;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign kernels products</c>: the products of matrices of a device in every variant, as shares of its peak and of cuBLAS, in one run.</summary>
internal static class ProductsCommand
{
    private const string Prefix = $"{OpNames.Linear}/";

    public static Command Create()
    {
        (Option<string> device, Option<string?> filter) = (Devices.Option(), KernelsCommand.Filter());
        Option<bool> small = new("--small") { Description = "The shapes of a 135M model at up to 256 rows instead of those of the 1B class at 4096." };
        var command = new Command("products", "Time the matrix products of a device in every variant, as shares of its peak and of cuBLAS, where that is installed. Prints Markdown.")
        {
            device, filter, small,
        };
        command.SetAction((result, cancellation) =>
        {
            TimedCase[] cases = Select(result.GetValue(small) ? ModelCases.All(isQuick: false) : ModelCases.Large, result.GetValue(filter));
            using var variants = new Variants(DeviceSelection.Parse(result.GetValue(device)!));
            bool areRight = Write(Console.Out, variants, cases, cancellation);
            return Task.FromResult(areRight ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    private static TimedCase[] Select(IReadOnlyList<TimedCase> cases, string? filter)
    {
        TimedCase[] products = [.. cases.Where(static timed => timed.Name.StartsWith(Prefix, StringComparison.Ordinal))];
        TimedCase[] selected = [.. products.Where(timed => filter is null || timed.Name.Contains(filter, StringComparison.OrdinalIgnoreCase))];
        return selected.Length > 0 ? selected : throw new InputException($"--filter: '{filter}' matches none of {products.Length} products, {products[0].Name} to {products[^1].Name}");
    }

    private static bool Write(TextWriter to, Variants variants, TimedCase[] cases, CancellationToken cancellation)
    {
        double peak = variants.Open[0].Backend.MeasureRoof().GigaflopsPerSecond;
        to.WriteLine($"# Products on {variants.Open[0].Backend.Name}");
        to.WriteLine();
        to.WriteLine($"F32 multiply-adds in registers, measured in this run: {peak:f0} GFLOP/s. Variants of lower precision may exceed it.");
        to.WriteLine();
        foreach (string refusal in variants.Refused)
        {
            to.WriteLine($"* {refusal}");
        }

        to.WriteLine();
        to.WriteLine("| product | variant | best ms | median ms | GFLOP/s | of peak | of cuBLAS F32 | result |");
        to.WriteLine("|---|---|--:|--:|--:|--:|--:|---|");
        bool areRight = true;
        foreach (TimedCase timed in cases)
        {
            KernelCase kernel = timed.Create();
            double library = double.NaN;
            foreach ((KernelVariant variant, DeviceBackend backend) in variants.Open)
            {
                cancellation.ThrowIfCancellationRequested();
                Measured row = KernelTimer.Measure(kernel, backend, TimeBudget.Kernel, Devices.RoundoffOf(variant.Name), timed.Phases).Single();
                library = variant == KernelVariant.CuBlas ? row.Times.BestSeconds : library;
                string share = double.IsNaN(library) ? "" : $"{library / row.Times.BestSeconds:p0}";
                to.WriteLine(
                    $"| {row.Name} | {variant} | {row.Times.BestSeconds * 1e3:f3} | {row.Times.MedianSeconds * 1e3:f3} | {row.GigaflopsPerSecond:f0} | {row.GigaflopsPerSecond / peak:p0} | {share} | {row.Failure ?? "ok"} |");
                areRight &= row.Failure is null;
            }
        }

        return areRight;
    }

    /// <summary>A backend for each variant that the device runs, cuBLAS first: the others are shares of it.</summary>
    private sealed class Variants : IDisposable
    {
        private readonly List<(KernelVariant Variant, DeviceBackend Backend)> _open = [];
        private readonly List<string> _refused = [];

        /// <exception cref="InputException">There is no such device.</exception>
        public Variants(DeviceSelection selection)
        {
            // The generic one runs wherever there is a device.
            _open.Add((KernelVariant.Generic, new DeviceBackend(selection, KernelVariant.Generic.Name)));
            foreach (KernelVariant variant in KernelVariant.All.Where(static variant => variant != KernelVariant.Generic))
            {
                try
                {
                    _open.Insert(variant == KernelVariant.CuBlas ? 0 : _open.Count, (variant, new DeviceBackend(selection, variant.Name)));
                }
                catch (InputException refusal)
                {
                    _refused.Add(refusal.Message);
                }
            }
        }

        public IReadOnlyList<(KernelVariant Variant, DeviceBackend Backend)> Open => _open;

        /// <summary>Why the others do not run here.</summary>
        public IReadOnlyList<string> Refused => _refused;

        public void Dispose()
        {
            foreach ((_, DeviceBackend backend) in _open)
            {
                backend.Dispose();
            }
        }
    }
}
