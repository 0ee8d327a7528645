namespace FastAlign.Kernels.Device;

/// <summary>The kernels of <see cref="VocabularyTokens"/>; the products are those of <see cref="GemmKernels"/>.</summary>
public static class VocabularyTokenKernels
{
    public static KernelInfo<TopTokenArguments> Top { get; } = new(
        "top_tokens", KernelFamily.VocabularyTokens, VocabularyTokens.TopKernel, static (in TopTokenArguments a) => a.Rows, GroupTree.GroupSize, GroupTree.SharedBytes);

    public static KernelInfo<SelectedArguments> Select { get; } = new(
        "selected_log_probs", KernelFamily.VocabularyTokens, VocabularyTokens.SelectKernel, static (in SelectedArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static KernelInfo<SelectedGradientArguments> Gradient { get; } = new(
        "selected_log_probs.gradient",
        KernelFamily.VocabularyTokens,
        VocabularyTokens.GradientKernel,
        static (in SelectedGradientArguments a) => a.Extent.Groups,
        MapExtent.GroupSize);

    public static IReadOnlyList<KernelInfo> All { get; } = [Top, Select, Gradient];
}
