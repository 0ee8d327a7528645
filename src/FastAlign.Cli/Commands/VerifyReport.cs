using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;
using FastAlign.Kernels.Device;

namespace FastAlign.Cli.Commands;

/// <summary>The report of a verification in Markdown: device, driver, build, support matrix, every failure, speed beside the device's own roof.</summary>
internal static class VerifyReport
{
    public static string Markdown(Backend backend, string? variant, IReadOnlyList<CaseResult> rows, Roofs roofs, IReadOnlyList<Measured> timings)
    {
        var text = new StringBuilder();
        Heading(text, backend, variant);
        Support(text, rows);
        Failures(text, rows);
        Speed(text, roofs, timings);
        return text.ToString();
    }

    private static void Heading(StringBuilder text, Backend backend, string? variant)
    {
        string build = typeof(VerifyReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        text.AppendLine($"# Kernels on {backend.Name}").AppendLine();
        text.AppendLine("| | |").AppendLine("|---|---|");
        text.AppendLine($"| numerics | `{backend.NumericsId}` |");
        if (backend is DeviceBackend { Info: DeviceInfo device })
        {
            text.AppendLine($"| device | {device.Name}, {device.Kind}{(device.Architecture > 0 ? $", sm_{device.Architecture}" : "")} |");
            text.AppendLine($"| driver | {device.Driver} |");
            text.AppendLine($"| warp, largest group, shared memory | {device.WarpSize}, {device.MaxGroupSize}, {device.SharedBytes} bytes |");
            text.AppendLine($"| memory | {(device.MemoryBytes > 0 ? $"{device.MemoryBytes / 1e9:f1} GB" : "the host's")} |");
        }

        text.AppendLine($"| variant | {variant ?? "the device's own choice"} |");
        text.AppendLine($"| build | {build}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription} |");
    }

    private static void Support(StringBuilder text, IReadOnlyList<CaseResult> rows)
    {
        text.AppendLine().AppendLine("## Support").AppendLine();
        text.AppendLine("Errors are shares of their bounds; above 1 fails.").AppendLine();
        text.AppendLine("| op | passed | failed | skipped | worst forward | worst backward | adds | same bits twice |").AppendLine("|---|---|---|---|---|---|---|---|");
        foreach (IGrouping<string, CaseResult> op in rows.GroupBy(static row => row.Op))
        {
            int passed = op.Count(static row => row.IsPassed);
            int skipped = op.Count(static row => !row.IsSupported);
            text.AppendLine(
                $"| {op.Key} | {passed} | {op.Count() - passed - skipped} | {skipped} | {op.Max(static row => row.ForwardError):f3} | {op.Max(static row => row.BackwardError):f3} | {Yes(op.All(static row => row.Accumulates))} | {Yes(op.All(static row => row.IsDeterministic))} |");
        }
    }

    private static void Failures(StringBuilder text, IReadOnlyList<CaseResult> rows)
    {
        CaseResult[] failures = [.. rows.Where(static row => row is { IsSupported: true, IsPassed: false })];
        text.AppendLine().AppendLine("## Failures").AppendLine().AppendLine(failures.Length == 0 ? "None." : "| case | what |");
        if (failures.Length > 0)
        {
            text.AppendLine("|---|---|");
        }

        foreach (CaseResult row in failures)
        {
            text.AppendLine($"| {row.Name} | {row.Failure!.Replace("|", "\\|", StringComparison.Ordinal)} |");
        }
    }

    private static void Speed(StringBuilder text, Roofs roofs, IReadOnlyList<Measured> timings)
    {
        text.AppendLine().AppendLine("## Speed").AppendLine();
        text.AppendLine($"Roofs, measured in this run: {roofs.PeakGigaflops:f0} GFLOP/s of F32 multiply-adds, {roofs.GemmGigaflops:f0} GFLOP/s of the best product, {roofs.CopyGigabytes:f1} GB/s of a copy.").AppendLine();
        text.AppendLine("| case | ms | GFLOP/s | GB/s | of roof | result |").AppendLine("|---|---|---|---|---|---|");
        foreach (Measured row in timings)
        {
            string result = !row.IsSupported ? "not supported" : row.Failure is null ? "ok" : "WRONG";
            text.AppendLine($"| {row.Name} | {row.Times.BestSeconds * 1e3:f3} | {row.GigaflopsPerSecond:f1} | {row.GigabytesPerSecond:f1} | {row.ShareOf(roofs):p0} | {result} |");
        }
    }

    private static string Yes(bool isTrue) => isTrue ? "yes" : "NO";
}
