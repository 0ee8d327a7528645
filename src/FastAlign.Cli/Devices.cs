using System.CommandLine;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;
using FastAlign.Kernels.Device;

namespace FastAlign.Cli;

/// <summary>Devices by their names on the command line.</summary>
internal static class Devices
{
    public const string Host = "host";

    /// <summary>Help text of the option.</summary>
    public const string Description = "Where to compute: host, cuda, opencl (cuda:1 for the second), simulator, or reference (naive loops in double).";

    private const string Reference = "reference";

    public static Option<string> Option() => new("--device") { Description = Description, DefaultValueFactory = static _ => Host };

    public static Option<string?> Variant() => new("--variant") { Description = $"Kernel variant to take wherever a kernel has it: {string.Join(", ", KernelVariant.All)}." };

    /// <summary>Unit roundoff of a variant that is less exact than F32; else 0.</summary>
    public static double RoundoffOf(string? variant) =>
        KernelVariant.All.FirstOrDefault(known => known.Name == variant) is { Roundoff: > KernelVariant.SingleRoundoff } inexact ? inexact.Roundoff : 0;

    /// <param name="name">As on the command line.</param>
    /// <param name="threads">Of the host.</param>
    /// <param name="variant">Kernel variant of a device, or null.</param>
    /// <exception cref="InputException">Unknown name, no such device, or a variant that it does not run.</exception>
    public static Backend Open(string name, int threads = 0, string? variant = null) => name switch
    {
        _ when threads < 0 => throw new InputException($"--threads: expected at least 0, found {threads}"),
        Host or Reference when variant is not null => throw new InputException($"--variant: expected a device beside it ({DeviceSelection.Syntax}), got '{name}'"),
        Host => new CpuBackend(threads),
        Reference => new ReferenceBackend(),
        _ when DeviceSelection.IsDevice(name) => new DeviceBackend(DeviceSelection.Parse(name), variant),
        _ => throw new InputException($"--device: expected {Host}, {DeviceSelection.Syntax}, or {Reference}; got '{name}'"),
    };

    /// <summary>What a backend's machine can do at most, measured now.</summary>
    public static Roofs RoofsOf(Backend backend) => backend switch
    {
        DeviceBackend device when device.MeasureRoof() is var roof => Roofs.OfDevice(device, roof.GigaflopsPerSecond, roof.GigabytesPerSecond),
        CpuBackend host => Roofs.OfHost(host, host.Threads),
        _ => Roofs.OfHost(backend, 1),
    };

    /// <summary>As <see cref="RoofsOf"/>; of a host with several threads, those of one thread before.</summary>
    public static IReadOnlyList<Roofs> AllRoofsOf(Backend backend)
    {
        if (backend is not CpuBackend { Threads: > 1 })
        {
            return [RoofsOf(backend)];
        }

        using var single = new CpuBackend(1);
        return [RoofsOf(single), RoofsOf(backend)];
    }
}
