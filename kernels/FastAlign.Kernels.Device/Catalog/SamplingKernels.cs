namespace FastAlign.Kernels.Device;

/// <summary>The kernels of <see cref="Sampling"/>.</summary>
public static class SamplingKernels
{
    public static KernelInfo<SamplingArguments> Next { get; } =
        new("sampling.next", KernelFamily.Sampling, Sampling.NextKernel, static (in SamplingArguments a) => a.Rows, GroupTree.GroupSize, Sampling.SharedBytes);

    public static IReadOnlyList<KernelInfo> All { get; } = [Next];
}
