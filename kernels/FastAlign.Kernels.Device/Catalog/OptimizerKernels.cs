namespace FastAlign.Kernels.Device;

/// <summary>The kernels of <see cref="Optimizer"/>.</summary>
public static class OptimizerKernels
{
    public static KernelInfo<AdamWArguments> AdamW { get; } =
        new("adamw", KernelFamily.Optimizer, Optimizer.AdamWKernel, static (in AdamWArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static KernelInfo<SumOfSquaresArguments> SumOfSquares { get; } =
        new("sum_of_squares", KernelFamily.Optimizer, Optimizer.SumOfSquaresKernel, static (in SumOfSquaresArguments a) => a.Groups, GroupTree.GroupSize, Optimizer.SumSharedBytes);

    public static IReadOnlyList<KernelInfo> All { get; } = [AdamW, SumOfSquares];
}
