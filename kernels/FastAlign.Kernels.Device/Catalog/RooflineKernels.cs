namespace FastAlign.Kernels.Device;

/// <summary>The kernels of <see cref="Roofline"/>.</summary>
public static class RooflineKernels
{
    public static KernelInfo<MultiplyAddArguments> MultiplyAdd { get; } =
        new("roofline.multiply_add", KernelFamily.Elementwise, Roofline.MultiplyAddKernel, static (in MultiplyAddArguments a) => a.Groups, MapExtent.GroupSize);

    public static IReadOnlyList<KernelInfo> All { get; } = [MultiplyAdd];
}
