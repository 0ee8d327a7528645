namespace FastAlign.Kernels.Device;

/// <summary>The kernels of <see cref="Norms"/>.</summary>
public static class NormKernels
{
    public static KernelInfo<NormForwardArguments> RmsNormForward { get; } = Forward("rms_norm.forward", Norms.RmsNormForwardKernel);

    public static KernelInfo<NormForwardArguments> LayerNormForward { get; } = Forward("layer_norm.forward", Norms.LayerNormForwardKernel);

    public static KernelInfo<NormBackwardArguments> InputGradient { get; } = new(
        "norm.input_gradient", KernelFamily.Norms, Norms.InputGradientKernel, static (in NormBackwardArguments a) => a.Extent.Vectors, GroupTree.GroupSize, GroupTree.SharedBytes);

    public static KernelInfo<NormBackwardArguments> WeightGradient { get; } = new(
        "norm.weight_gradient", KernelFamily.Norms, Norms.WeightGradientKernel, static (in NormBackwardArguments a) => (a.Extent.Width + ColumnGroup - 1) / ColumnGroup, ColumnGroup);

    public static IReadOnlyList<KernelInfo> All { get; } = [RmsNormForward, LayerNormForward, InputGradient, WeightGradient];

    // Small, so that a narrow weight still spreads over several multiprocessors.
    private const int ColumnGroup = 32;

    private static KernelInfo<NormForwardArguments> Forward(string name, Action<NormForwardArguments> entry) =>
        new(name, KernelFamily.Norms, entry, static (in NormForwardArguments a) => a.Extent.Vectors, GroupTree.GroupSize, GroupTree.SharedBytes);
}
