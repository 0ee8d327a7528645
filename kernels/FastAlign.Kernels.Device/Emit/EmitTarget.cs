namespace FastAlign.Kernels.Device;

/// <summary>What device code is emitted for: an NVIDIA architecture, or OpenCL C.</summary>
/// <param name="Name">As the tool takes it: <c>ptx:sm_80</c>, <c>opencl</c>.</param>
/// <param name="Architecture">Ten times the compute capability; 0 for OpenCL.</param>
public sealed record EmitTarget(string Name, int Architecture)
{
    /// <summary>Every target, in the order of the manifest.</summary>
    public static IReadOnlyList<EmitTarget> All { get; } = [new("ptx:sm_70", 70), new("ptx:sm_80", 80), new("ptx:sm_90", 90), new("opencl", 0)];

    public bool IsPtx => Architecture > 0;

    /// <summary>Of a file with its code.</summary>
    public string Extension => IsPtx ? ".ptx" : ".cl";

    /// <summary>
    /// The least device of the target, for <see cref="KernelVariant.Supports"/>: groups of 1024 threads and 48 KB of shared memory on NVIDIA, of 256
    /// threads and 32 KB on OpenCL.
    /// </summary>
    public DeviceInfo Device => IsPtx
        ? new DeviceInfo(DeviceKind.Cuda, 0, Name, Architecture, 32, 1024, 48 << 10, 0, "")
        : new DeviceInfo(DeviceKind.OpenCL, 0, Name, 0, 0, 256, 32 << 10, 0, "");

    public override string ToString() => Name;
}
