namespace FastAlign.Kernels.Device;

/// <summary>The matrix products, each with its variants.</summary>
public static class GemmKernels
{
    /// <summary><c>y = x wᵀ + bias + residual</c></summary>
    public static KernelChoice<GemmArguments> Forward { get; } = Choice<ForwardForm>("gemm.forward");

    /// <summary><c>dx (=|+=) dy w</c></summary>
    public static KernelChoice<GemmArguments> InputGradient { get; } = Choice<InputGradientForm>("gemm.input_gradient");

    /// <summary><c>dw += dyᵀ x</c>, <c>dbias += sum dy</c></summary>
    public static KernelChoice<GemmArguments> WeightGradient { get; } = Choice<WeightGradientForm>("gemm.weight_gradient");

    public static IReadOnlyList<KernelInfo> All { get; } = [.. Forward.Kernels, .. InputGradient.Kernels, .. WeightGradient.Kernels];

    private static KernelChoice<GemmArguments> Choice<TForm>(string name)
        where TForm : struct, IGemmForm => new(
            new(name, KernelFamily.Gemm, TensorCoreGemm.GemmKernel<TForm>, TensorCoreGemm.Groups, TensorCoreGemm.GroupSize, TensorCoreGemm.SharedBytes, KernelVariant.TensorCore, TensorCoreGemm.LocalBytes),
            new(name, KernelFamily.Gemm, RegisterBlockedGemm.GemmKernel<TForm>, RegisterBlockedGemm.Groups, RegisterBlockedGemm.GroupSize, RegisterBlockedGemm.SharedBytes, KernelVariant.RegisterBlocked),
            new(name, KernelFamily.Gemm, Gemm.GemmKernel<TForm>, Gemm.Groups, Gemm.GroupSize, Gemm.SharedBytes));
}
