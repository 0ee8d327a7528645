using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Cli;

/// <summary>Devices by their names on the command line.</summary>
internal static class Devices
{
    public const string Host = "host";

    private const string Reference = "reference";

    /// <exception cref="InputException">Unknown name.</exception>
    public static Backend Open(string name, int threads = 0) => name switch
    {
        Host => new CpuBackend(threads),
        Reference => new ReferenceBackend(),
        _ => throw new InputException($"--device: expected {Host} or {Reference}, got '{name}'"),
    };
}
