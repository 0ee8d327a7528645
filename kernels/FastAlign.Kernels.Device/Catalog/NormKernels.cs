namespace FastAlign.Kernels.Device;

/// <summary>The kernels of <see cref="Norms"/>.</summary>
public static class NormKernels
{
    public static KernelInfo<NormForwardArguments> RmsNormForward { get; } = Forward("rms_norm.forward", Norms.RmsNormForwardKernel);

    public static KernelInfo<NormForwardArguments> LayerNormForward { get; } = Forward("layer_norm.forward", Norms.LayerNormForwardKernel);

    public static KernelInfo<NormBackwardArguments> Backward { get; } = new(
        "norm.backward", KernelFamily.Norms, Norms.BackwardKernel, static (in NormBackwardArguments a) => checked(a.ColumnGroups + a.VectorGroups), GroupTree.GroupSize, GroupTree.SharedBytes);

    public static IReadOnlyList<KernelInfo> All { get; } = [RmsNormForward, LayerNormForward, Backward];

    private static KernelInfo<NormForwardArguments> Forward(string name, Action<NormForwardArguments> entry) =>
        new(name, KernelFamily.Norms, entry, static (in NormForwardArguments a) => a.Extent.Vectors, GroupTree.GroupSize, GroupTree.SharedBytes);
}
