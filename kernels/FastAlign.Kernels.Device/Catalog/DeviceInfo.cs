namespace FastAlign.Kernels.Device;

/// <summary>What a kernel variant may ask of a device.</summary>
/// <param name="Kind">How it is driven.</param>
/// <param name="Index">Place among the devices of its kind, from 0.</param>
/// <param name="Name">As its driver calls it.</param>
/// <param name="Architecture">Ten times the compute capability of an NVIDIA device: 80 for sm_80; else 0.</param>
/// <param name="WarpSize">Threads that run in step; 0 where the driver does not say. No kernel may depend on it.</param>
/// <param name="MaxGroupSize">Largest number of threads in a group.</param>
/// <param name="SharedBytes">Largest shared memory of a group.</param>
/// <param name="MemoryBytes">Device memory; 0 where it is the host's.</param>
/// <param name="Driver">Version of the driver, or empty.</param>
public sealed record DeviceInfo(
    DeviceKind Kind, int Index, string Name, int Architecture, int WarpSize, int MaxGroupSize, long SharedBytes, long MemoryBytes, string Driver);
