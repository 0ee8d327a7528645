using System.Reflection;
using FastAlign.Core;
using FastAlign.Kernels.Device;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace FastAlign.Gpu;

/// <summary>Opens ILGPU contexts and describes the devices in them.</summary>
public static class DeviceContexts
{
    /// <summary>Threads of a simulated group; as many threads of the host run at a time.</summary>
    internal const int SimulatedGroupSize = 256;

    /// <summary>The devices of this machine, without the simulator.</summary>
    public static IReadOnlyList<DeviceInfo> Discover()
    {
        var found = new List<DeviceInfo>();
        foreach (DeviceKind kind in (ReadOnlySpan<DeviceKind>)[DeviceKind.Cuda, DeviceKind.OpenCL])
        {
            using Context context = Open(new DeviceSelection(kind, 0));
            found.AddRange(Devices(context, kind).Select((device, index) => Describe(device, kind, index)));
        }

        return found;
    }

    /// <summary>A context with the devices of one kind.</summary>
    /// <remarks>O2 keeps address spaces explicit, which OpenCL 1.2 drivers need.</remarks>
    internal static Context Open(DeviceSelection selection) => Context.Create(builder =>
    {
        builder.Optimize(OptimizationLevel.O2);
        switch (selection.Kind)
        {
            case DeviceKind.Cuda:
                builder.Cuda();
                break;
            case DeviceKind.OpenCL:
                builder.OpenCL(static _ => true);
                break;
            default:
                builder.CPU(new CPUDevice(selection.Number, SimulatedGroupSize / selection.Number, 1));
                break;
        }
    });

    /// <exception cref="InputException">There is no such device.</exception>
    internal static (Device Device, DeviceInfo Info) Select(Context context, DeviceSelection selection)
    {
        Device[] devices = Devices(context, selection.Kind);
        int index = selection.Kind == DeviceKind.Simulator ? 0 : selection.Number;
        if (index >= devices.Length)
        {
            string found = devices.Length == 0 ? "none (is its driver installed?)" : string.Join(", ", devices.Select(static (d, i) => $"{i}: {d.Name}"));
            throw new InputException($"--device: expected the index of one of the {Name(selection.Kind)} devices, got {index}; found {found}");
        }

        Device device = devices[index];
        if (device is CLDevice opencl)
        {
            AcceptWithoutGenericAddressSpace(opencl);
        }

        return (device, Describe(device, selection.Kind, index));
    }

    internal static string Name(DeviceKind kind) => kind switch
    {
        DeviceKind.Cuda => "CUDA",
        DeviceKind.OpenCL => "OpenCL",
        _ => "simulated",
    };

    /// <summary>The devices of one kind, GPUs before processors, otherwise in the driver's order. A context without any holds one of ILGPU's own simulators.</summary>
    private static Device[] Devices(Context context, DeviceKind kind) =>
    [
        .. context.Devices
            .Where(device => kind switch { DeviceKind.Cuda => device is CudaDevice, DeviceKind.OpenCL => device is CLDevice, _ => device is CPUDevice })
            .OrderBy(static device => device is CLDevice { DeviceType: CLDeviceType.CL_DEVICE_TYPE_CPU } ? 1 : 0),
    ];

    private static DeviceInfo Describe(Device device, DeviceKind kind, int index)
    {
        int architecture = device is CudaDevice { Architecture: { } sm } ? (10 * sm.Major) + sm.Minor : 0;
        string driver = device switch
        {
            CudaDevice cuda => $"CUDA {cuda.DriverVersion}",
            CLDevice opencl => $"{opencl.PlatformName} {opencl.CLStdVersion}",
            _ => $"warps of {device.WarpSize}",
        };
        long memory = kind == DeviceKind.Simulator ? 0 : device.MemorySize;
        return new DeviceInfo(kind, index, device.Name, architecture, device.WarpSize, device.MaxNumThreadsPerGroup, device.MaxSharedMemoryPerGroup, memory, driver);
    }

    /// <summary>
    /// ILGPU refuses OpenCL devices that do not announce generic address spaces. Our kernels keep address spaces explicit, so they run there all the
    /// same (PoCL is one); the announcement is a property without a public setter.
    /// </summary>
    private static void AcceptWithoutGenericAddressSpace(CLDevice device) =>
        typeof(CLCapabilityContext)
            .GetProperty(nameof(CLCapabilityContext.GenericAddressSpace), BindingFlags.Instance | BindingFlags.Public)!
            .SetValue(device.Capabilities, true);
}
