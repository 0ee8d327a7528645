using System.Globalization;
using FastAlign.Core;
using FastAlign.Kernels.Device;

namespace FastAlign.Gpu;

/// <summary>What a user names: <c>cuda</c>, <c>cuda:1</c>, <c>opencl</c>, <c>opencl:0</c>, <c>simulator</c>, <c>simulator:4</c>.</summary>
/// <param name="Kind">How the device is driven.</param>
/// <param name="Number">Index among the devices of its kind; of the simulator, its warp size.</param>
public readonly record struct DeviceSelection(DeviceKind Kind, int Number)
{
    /// <summary>What <see cref="Parse"/> takes, for messages.</summary>
    public const string Syntax = "cuda, opencl or simulator, with an index (opencl:1) or, for the simulator, a warp size (simulator:4)";

    /// <summary>Warp size of the simulator when none is given.</summary>
    public const int DefaultWarpSize = 32;

    private const string Cuda = "cuda";
    private const string OpenCL = "opencl";
    private const string Simulator = "simulator";

    /// <summary>Whether <paramref name="text"/> begins with the name of a kind.</summary>
    public static bool IsDevice(string text) => KindOf(text.Split(':')[0]) is not null;

    /// <summary>How a user names this device.</summary>
    public static string NameOf(DeviceInfo device) => $"{(device.Kind == DeviceKind.Cuda ? Cuda : OpenCL)}:{device.Index}";

    /// <exception cref="InputException">Not of this form.</exception>
    public static DeviceSelection Parse(string text)
    {
        string[] parts = text.Split(':');
        DeviceKind? kind = KindOf(parts[0]);
        int number = kind == DeviceKind.Simulator ? DefaultWarpSize : 0;
        bool isNumbered = parts.Length == 2;
        if (kind is null || parts.Length > 2 || (isNumbered && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out number)))
        {
            throw new InputException($"--device: expected {Syntax}, got '{text}'");
        }

        if (kind == DeviceKind.Simulator && (number < 1 || DeviceContexts.SimulatedGroupSize % number != 0))
        {
            throw new InputException($"--device: expected a warp size that divides {DeviceContexts.SimulatedGroupSize}, got '{text}'");
        }

        return new DeviceSelection(kind.Value, number);
    }

    private static DeviceKind? KindOf(string name) => name switch
    {
        Cuda => DeviceKind.Cuda,
        OpenCL => DeviceKind.OpenCL,
        Simulator => DeviceKind.Simulator,
        _ => null,
    };
}
