namespace FastAlign.Kernels.Device;

/// <summary>Every kernel in every variant: what is emitted, checked and measured. A family adds one line.</summary>
public static class KernelCatalog
{
    public static IReadOnlyList<KernelInfo> All { get; } =
    [
        .. ElementwiseKernels.All,
        .. EmbeddingKernels.All,
        .. NormKernels.All,
        .. GemmKernels.All,
        .. RotaryKernels.All,
        .. ActivationKernels.All,
        .. OptimizerKernels.All,
        .. AttentionKernels.All,
        .. LogProbHeadKernels.All,
        .. DivergenceKernels.All,
        .. VocabularyTokenKernels.All,
        .. LossKernels.All,
        .. TokenRewardKernels.All,
        .. SamplingKernels.All,
        .. RooflineKernels.All,
    ];
}
