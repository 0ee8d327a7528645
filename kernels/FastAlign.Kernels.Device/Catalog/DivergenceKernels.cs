namespace FastAlign.Kernels.Device;

/// <summary>The kernels of one divergence.</summary>
public sealed class DivergenceKernels<TFormula>
    where TFormula : struct, IDivergenceFormula<DeviceFloat>
{
    internal DivergenceKernels(string name)
    {
        Fold = new(
            $"divergence_head.fold_{name}",
            KernelFamily.Divergence,
            Divergence.FoldKernel<TFormula>,
            static (in DivergenceFoldArguments<TFormula> a) => a.Rows,
            GroupTree.GroupSize,
            GroupTree.SharedBytes);
        Gradient = new(
            $"divergence_head.gradient_{name}",
            KernelFamily.Divergence,
            Divergence.GradientKernel<TFormula>,
            static (in DivergenceGradientArguments<TFormula> a) => a.Extent.Groups,
            MapExtent.GroupSize);
        All = [Fold, Gradient];
    }

    public KernelInfo<DivergenceFoldArguments<TFormula>> Fold { get; }

    public KernelInfo<DivergenceGradientArguments<TFormula>> Gradient { get; }

    public IReadOnlyList<KernelInfo> All { get; }
}

/// <summary>The kernels of every divergence; the products are those of <see cref="GemmKernels"/>.</summary>
public static class DivergenceKernels
{
    public static DivergenceKernels<ForwardKl<DeviceFloat>> ForwardKl { get; } = new("forward_kl");

    public static DivergenceKernels<ReverseKl<DeviceFloat>> ReverseKl { get; } = new("reverse_kl");

    public static DivergenceKernels<JensenShannon<DeviceFloat>> JensenShannon { get; } = new("jensen_shannon");

    public static IReadOnlyList<KernelInfo> All { get; } = [.. ForwardKl.All, .. ReverseKl.All, .. JensenShannon.All];
}
