namespace FastAlign.Kernels.Device;

/// <summary>Families of kernels: one file of kernels each.</summary>
public enum KernelFamily
{
    Elementwise,
    Embedding,
    Norms,
    Gemm,
    Rotary,
    Attention,
    LogProbHead,
    Divergence,
    VocabularyTokens,
    Losses,
    TokenRewards,
    Optimizer,
    Sampling,
}
