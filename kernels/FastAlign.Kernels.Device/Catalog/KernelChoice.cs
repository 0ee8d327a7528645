namespace FastAlign.Kernels.Device;

/// <summary>The variants of one kernel in order of preference, the generic one last.</summary>
public sealed class KernelChoice<TArguments>(params KernelInfo<TArguments>[] kernels)
    where TArguments : struct
{
    public IReadOnlyList<KernelInfo<TArguments>> Kernels { get; } = kernels;

    /// <summary>The first variant for this device that needs no asking, or the one asked for.</summary>
    /// <param name="device">Where it will run.</param>
    /// <param name="requested">Name of a variant, or null.</param>
    /// <exception cref="NotSupportedException">The requested variant exists, but not for this device.</exception>
    public KernelInfo<TArguments> For(DeviceInfo device, string? requested = null)
    {
        foreach (KernelInfo<TArguments> kernel in Kernels)
        {
            if (requested is null ? kernel.Variant.Suits(device) && kernel.Variant.Supports(device) : kernel.Variant.Name == requested)
            {
                return kernel.Variant.Supports(device)
                    ? kernel
                    : throw new NotSupportedException($"kernel variant {kernel} does not run on {device.Name}");
            }
        }

        // A variant of another kernel was asked for: this one has only what it has.
        return For(device);
    }
}
