namespace FastAlign.Kernels.Device;

/// <summary>The kernels of <see cref="Rotary"/>.</summary>
public static class RotaryKernels
{
    public static KernelInfo<RotaryArguments> Rotate { get; } =
        new("rotary", KernelFamily.Rotary, Rotary.RotaryKernel, static (in RotaryArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static IReadOnlyList<KernelInfo> All { get; } = [Rotate];
}
