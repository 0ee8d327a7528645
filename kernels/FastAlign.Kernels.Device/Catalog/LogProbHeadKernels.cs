namespace FastAlign.Kernels.Device;

/// <summary>The kernels of <see cref="LogProbHead"/>; its products are those of <see cref="GemmKernels"/>.</summary>
public static class LogProbHeadKernels
{
    public static KernelInfo<HeadFoldArguments> Fold { get; } =
        new("log_prob_head.fold", KernelFamily.LogProbHead, LogProbHead.FoldKernel, static (in HeadFoldArguments a) => a.Tile.Rows, GroupTree.GroupSize, GroupTree.SharedBytes);

    public static KernelInfo<HeadFinishArguments> Finish { get; } =
        new("log_prob_head.finish", KernelFamily.LogProbHead, LogProbHead.FinishKernel, static (in HeadFinishArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static KernelInfo<HeadGradientArguments> Gradient { get; } =
        new("log_prob_head.gradient", KernelFamily.LogProbHead, LogProbHead.GradientKernel, static (in HeadGradientArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static KernelInfo<HeadBiasGradientArguments> BiasGradient { get; } = new(
        "log_prob_head.bias_gradient", KernelFamily.LogProbHead, LogProbHead.BiasGradientKernel, static (in HeadBiasGradientArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static KernelInfo<HeadSlopeArguments> Slope { get; } =
        new("log_prob_head.slope", KernelFamily.LogProbHead, LogProbHead.SlopeKernel, static (in HeadSlopeArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static KernelInfo<HeadSlopeGradientArguments> SlopeGradient { get; } = new(
        "log_prob_head.slope_gradient", KernelFamily.LogProbHead, LogProbHead.SlopeGradientKernel, static (in HeadSlopeGradientArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static IReadOnlyList<KernelInfo> All { get; } = [Fold, Finish, Slope, Gradient, BiasGradient, SlopeGradient];
}
