namespace FastAlign.Kernels.Device;

/// <summary>The kernels of <see cref="Embedding"/>.</summary>
public static class EmbeddingKernels
{
    public static KernelInfo<GatherRowsArguments> GatherRows { get; } =
        new("gather_rows", KernelFamily.Embedding, Embedding.GatherRowsKernel, static (in GatherRowsArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static KernelInfo<PlaceRowsArguments> PlaceRows { get; } =
        new("scatter_rows.assign", KernelFamily.Embedding, Embedding.PlaceRowsKernel, static (in PlaceRowsArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static KernelInfo<ScatterRowsArguments> ScatterRows { get; } =
        new("scatter_rows.add", KernelFamily.Embedding, Embedding.ScatterRowsKernel, static (in ScatterRowsArguments a) => a.N, GroupTree.GroupSize, GroupTree.SharedBytes);

    public static IReadOnlyList<KernelInfo> All { get; } = [GatherRows, PlaceRows, ScatterRows];
}
