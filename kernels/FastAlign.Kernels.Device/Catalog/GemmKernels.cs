namespace FastAlign.Kernels.Device;

/// <summary>The matrix products, each with its variants.</summary>
public static class GemmKernels
{
    /// <summary><c>y = x wᵀ + bias + residual</c></summary>
    public static KernelChoice<GemmArguments> Forward { get; } = new(Generic<ForwardForm>("gemm.forward"));

    /// <summary><c>dx (=|+=) dy w</c></summary>
    public static KernelChoice<GemmArguments> InputGradient { get; } = new(Generic<InputGradientForm>("gemm.input_gradient"));

    /// <summary><c>dw += dyᵀ x</c>, <c>dbias += sum dy</c></summary>
    public static KernelChoice<GemmArguments> WeightGradient { get; } = new(Generic<WeightGradientForm>("gemm.weight_gradient"));

    public static IReadOnlyList<KernelInfo> All { get; } = [.. Forward.Kernels, .. InputGradient.Kernels, .. WeightGradient.Kernels];

    private static KernelInfo<GemmArguments> Generic<TForm>(string name)
        where TForm : struct, IGemmForm =>
        new(name, KernelFamily.Gemm, Gemm.GemmKernel<TForm>, Gemm.Groups, Gemm.GroupSize, Gemm.SharedBytes);
}
