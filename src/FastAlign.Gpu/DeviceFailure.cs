using FastAlign.Core;
using FastAlign.Kernels.Device;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace FastAlign.Gpu;

/// <summary>Turns what a driver reports into what a user can act on.</summary>
internal static class DeviceFailure
{
    public static bool IsOfDevice(Exception failure) => failure is AcceleratorException or InternalCompilerException or CapabilityNotSupportedException or CuBlasException;

    public static RunException Lost(DeviceInfo device, string doing, Exception cause) =>
        new($"device {device.Name} failed at {doing}: {Reason(cause)}. The last checkpoint is intact; resume from it", cause);

    public static RunException OutOfMemory(DeviceInfo device, long asked, long live, Exception cause) =>
        new($"device {device.Name} is out of memory: {Megabytes(asked)} asked, {Megabytes(live)} taken already{Total(device)}; smaller batches or recomputed activations need less", cause);

    /// <summary>
    /// Frees what belongs to a device. A lost one refuses, and its memory is gone with it: the error that matters is that of the call which found it lost, and a second
    /// one from here would hide it.
    /// </summary>
    public static void Release(IDisposable? part)
    {
        try
        {
            part?.Dispose();
        }
        catch (Exception failure) when (IsOfDevice(failure))
        {
            // Reported already.
        }
    }

    private static string Reason(Exception cause) => cause is CLException opencl ? $"{opencl.Error}" : cause.Message;

    private static string Total(DeviceInfo device) => device.MemoryBytes > 0 ? $" of {Megabytes(device.MemoryBytes)}" : "";

    private static string Megabytes(long bytes) => $"{bytes / 1e6:F1} MB";
}
