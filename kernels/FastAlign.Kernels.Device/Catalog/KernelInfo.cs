using System.Reflection;

namespace FastAlign.Kernels.Device;

/// <summary>A compiled unit of device code: what the launch cache, the emitter, the lint and the benchmark need to know of a kernel.</summary>
public abstract class KernelInfo
{
    private protected KernelInfo(string name, KernelFamily family, KernelVariant variant, int groupSize, int sharedBytes, int localBytes, MethodInfo method) =>
        (Name, Family, Variant, GroupSize, SharedBytes, LocalBytes, Method) = (name, family, variant, groupSize, sharedBytes, localBytes, method);

    /// <summary>Unique within its variant, e.g. <c>rms_norm.forward</c>.</summary>
    public string Name { get; }

    public KernelFamily Family { get; }

    public KernelVariant Variant { get; }

    /// <summary>Threads of a group; groups and threads are one-dimensional.</summary>
    public int GroupSize { get; }

    /// <summary>Shared memory of a group: what the kernel allocates, stated here so that the lint can compare.</summary>
    public int SharedBytes { get; }

    /// <summary>Memory of a thread outside of registers in PTX; 0 but for kernels with inline PTX, whose results pass through it.</summary>
    public int LocalBytes { get; }

    /// <summary>The entry point, as the compiler wants it.</summary>
    public MethodInfo Method { get; }

    public override string ToString() => $"{Name}/{Variant.Name}";
}
