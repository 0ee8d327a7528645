namespace FastAlign.Kernels.Device;

/// <summary>The kernels of one activation function.</summary>
public sealed class ActivationKernels<TActivation>
    where TActivation : struct, IActivation
{
    internal ActivationKernels(string name)
    {
        Value = ElementwiseKernels.Map1<ActivationValue<TActivation, DeviceFloat>>($"activation.{name}");
        Gradient = ElementwiseKernels.Map2<ActivationGradient<TActivation, DeviceFloat>>($"activation_backward.{name}");
        Gated = ElementwiseKernels.Map2<GatedActivation<TActivation, DeviceFloat>>($"gated_activation.{name}");
        GatedGradient = new($"gated_activation_backward.{name}", KernelFamily.Elementwise, Activations.GatedGradientKernel<TActivation>, static (in GatedGradientArguments a) => a.Extent.Groups, MapExtent.GroupSize);
        All = [Value, Gradient, Gated, GatedGradient];
    }

    /// <summary><c>y = f(x)</c></summary>
    public KernelInfo<Map1Arguments<ActivationValue<TActivation, DeviceFloat>>> Value { get; }

    /// <summary><c>dx = dy f'(x)</c></summary>
    public KernelInfo<Map2Arguments<ActivationGradient<TActivation, DeviceFloat>>> Gradient { get; }

    /// <summary><c>y = f(gate) up</c></summary>
    public KernelInfo<Map2Arguments<GatedActivation<TActivation, DeviceFloat>>> Gated { get; }

    /// <summary>Gradients of the gate and of what it lets through.</summary>
    public KernelInfo<GatedGradientArguments> GatedGradient { get; }

    public IReadOnlyList<KernelInfo> All { get; }
}

/// <summary>The kernels of every activation function.</summary>
public static class ActivationKernels
{
    public static ActivationKernels<Silu> Silu { get; } = new("silu");

    public static ActivationKernels<Gelu> Gelu { get; } = new("gelu");

    public static ActivationKernels<GeluTanh> GeluTanh { get; } = new("gelu_tanh");

    public static ActivationKernels<Relu> Relu { get; } = new("relu");

    public static IReadOnlyList<KernelInfo> All { get; } = [.. Silu.All, .. Gelu.All, .. GeluTanh.All, .. Relu.All];
}
