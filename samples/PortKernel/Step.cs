using FastAlign.Kernels.Device;

namespace PortKernel;

/// <summary>A kernel on the way from naive to tuned.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Kernel">Takes the place of the input gradient's product.</param>
/// <param name="DeviceReads">Floats read from device memory for each multiply-add, of a large product.</param>
/// <param name="SharedReads">Loads from shared memory for each multiply-add.</param>
public sealed record Step(string Name, KernelInfo<GemmArguments> Kernel, double DeviceReads, double SharedReads)
{
    /// <summary>From naive to tuned.</summary>
    public static IReadOnlyList<Step> All { get; } =
    [
        Of("1 naive", Naive.ProductKernel, Naive.Groups, Naive.GroupSize, 0, 2, 0),
        Of("2 coalesced", Coalesced.ProductKernel, Naive.Groups, Naive.GroupSize, 0, 2, 0),
        Of("3 shared tile", SharedTile.ProductKernel, SharedTile.Groups, SharedTile.GroupSize, SharedTile.SharedBytes, 2.0 / 16, 2),
        Of("4 register tile", RegisterTile.ProductKernel, RegisterTile.Groups, RegisterTile.GroupSize, RegisterTile.SharedBytes, 2.0 / 64, 8.0 / 16),
        Of("5 wide loads", WideLoads.ProductKernel, RegisterTile.Groups, RegisterTile.GroupSize, WideLoads.SharedBytes, 2.0 / 64, 2.0 / 16),
    ];

    private static Step Of(string name, Action<GemmArguments> entry, GroupCount<GemmArguments> groups, int groupSize, int sharedBytes, double deviceReads, double sharedReads) =>
        new(name, new KernelInfo<GemmArguments>(name, KernelFamily.Gemm, entry, groups, groupSize, sharedBytes), deviceReads, sharedReads);
}
