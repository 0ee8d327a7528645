namespace FastAlign.Kernels.Device;

/// <summary>The kernels of <see cref="Attention"/> and <see cref="AttentionGradients"/>.</summary>
public static class AttentionKernels
{
    public static KernelInfo<AttentionArguments> Forward { get; } = new(
        "attention.forward", KernelFamily.Attention, Attention.ForwardKernel, static (in AttentionArguments a) => checked(a.Forest.QueryTiles * a.KeyHeads), TileProduct.GroupSize, Attention.SharedBytes);

    public static KernelInfo<AttentionGradientArguments> QueryGradient { get; } = new(
        "attention.query_gradient",
        KernelFamily.Attention,
        AttentionGradients.QueryKernel,
        static (in AttentionGradientArguments g) => checked(g.Forward.Forest.QueryTiles * g.Forward.KeyHeads),
        TileProduct.GroupSize,
        AttentionGradients.SharedBytes);

    public static KernelInfo<AttentionGradientArguments> KeyGradient { get; } = new(
        "attention.key_gradient",
        KernelFamily.Attention,
        AttentionGradients.KeyKernel,
        static (in AttentionGradientArguments g) => checked(g.Forward.Forest.KeyTiles * g.Forward.KeyHeads),
        TileProduct.GroupSize,
        AttentionGradients.SharedBytes);

    public static IReadOnlyList<KernelInfo> All { get; } = [Forward, QueryGradient, KeyGradient];
}
