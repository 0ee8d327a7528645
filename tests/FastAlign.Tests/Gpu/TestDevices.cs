using FastAlign.Gpu;
using FastAlign.Kernels.Device;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>Devices that tests share, so that each kernel is compiled once: PoCL or whatever OpenCL device there is, and simulators.</summary>
public sealed class TestDevices : IDisposable
{
    public const string OpenCL = "opencl";
    public const string NarrowSimulator = "simulator:4";
    public const string WideSimulator = "simulator:32";

    /// <summary>Set in the gate: a missing driver fails the tests that need it instead of skipping them.</summary>
    private const string RequireOpenCL = "FASTALIGN_REQUIRE_OPENCL";

    private readonly Dictionary<string, DeviceBackend> _open = [];

    /// <summary>Whether a missing driver or checker fails.</summary>
    public static bool IsOpenCLRequired => Environment.GetEnvironmentVariable(RequireOpenCL) == "1";

    /// <summary>Ends a test that needs an OpenCL device where there is none, unless the gate requires one.</summary>
    public static void SkipWithoutOpenCL()
    {
        bool isMissing = !IsOpenCLRequired && !DeviceContexts.Discover().Any(static info => info.Kind == DeviceKind.OpenCL);
        Assert.SkipWhen(isMissing, "no OpenCL device: install a driver, e.g. pocl-opencl-icd");
    }

    public DeviceBackend Open(string device)
    {
        if (_open.TryGetValue(device, out DeviceBackend? open))
        {
            return open;
        }

        DeviceBackend backend = OpenAlone(device);
        _open.Add(device, backend);
        return backend;
    }

    /// <summary>A backend that the caller owns, and may change.</summary>
    public DeviceBackend OpenAlone(string device, string? variant = null)
    {
        if (device == OpenCL)
        {
            SkipWithoutOpenCL();
        }

        return new DeviceBackend(DeviceSelection.Parse(device), variant);
    }

    public void Dispose()
    {
        foreach (DeviceBackend backend in _open.Values)
        {
            backend.Dispose();
        }
    }
}

/// <summary>Tests that share <see cref="TestDevices"/>; they run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class DeviceCollection : ICollectionFixture<TestDevices>
{
    public const string Name = "Devices";
}
