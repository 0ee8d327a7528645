using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Cli;

/// <summary>Devices by their names on the command line.</summary>
internal static class Devices
{
    public const string Host = "host";

    private const string Reference = "reference";

    /// <exception cref="InputException">Unknown name, or no such device.</exception>
    public static Backend Open(string name, int threads = 0) => name switch
    {
        Host => new CpuBackend(threads),
        Reference => new ReferenceBackend(),
        _ when DeviceSelection.IsDevice(name) => new DeviceBackend(DeviceSelection.Parse(name)),
        _ => throw new InputException($"--device: expected {Host}, {DeviceSelection.Syntax}, or {Reference}; got '{name}'"),
    };
}
