using System.CommandLine;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Cli;

/// <summary>Devices by their names on the command line.</summary>
internal static class Devices
{
    public const string Host = "host";

    /// <summary>Help text of the option.</summary>
    public const string Description = "Where to compute: host, cuda, opencl (cuda:1 for the second), simulator, or reference (naive loops in double).";

    private const string Reference = "reference";

    public static Option<string> Option() => new("--device") { Description = Description, DefaultValueFactory = static _ => Host };

    /// <exception cref="InputException">Unknown name, or no such device.</exception>
    public static Backend Open(string name, int threads = 0) => name switch
    {
        Host => new CpuBackend(threads),
        Reference => new ReferenceBackend(),
        _ when DeviceSelection.IsDevice(name) => new DeviceBackend(DeviceSelection.Parse(name)),
        _ => throw new InputException($"--device: expected {Host}, {DeviceSelection.Syntax}, or {Reference}; got '{name}'"),
    };
}
