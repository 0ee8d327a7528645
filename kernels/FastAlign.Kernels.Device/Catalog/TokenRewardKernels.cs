namespace FastAlign.Kernels.Device;

/// <summary>The kernels of <see cref="TokenRewards"/>.</summary>
public static class TokenRewardKernels
{
    /// <summary>One kernel per estimate of the KL.</summary>
    public static IReadOnlyList<KernelInfo> KlShapings { get; } =
    [
        KlShaping<KlK1<DeviceFloat>>("token_rewards.kl_k1"),
        KlShaping<KlK2<DeviceFloat>>("token_rewards.kl_k2"),
        KlShaping<KlK3<DeviceFloat>>("token_rewards.kl_k3"),
        KlShaping<KlAbsolute<DeviceFloat>>("token_rewards.kl_absolute"),
    ];

    public static KernelInfo<SpanRewardArguments> SpanRewards { get; } =
        new("token_rewards.spans", KernelFamily.TokenRewards, TokenRewards.SpanRewardKernel, static (in SpanRewardArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static KernelInfo<RewardClipArguments> Clip { get; } =
        new("token_rewards.clip", KernelFamily.TokenRewards, TokenRewards.RewardClipKernel, static (in RewardClipArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static KernelInfo<AdvantageArguments> Advantages { get; } =
        new("token_rewards.gae", KernelFamily.TokenRewards, TokenRewards.AdvantageKernel, static (in AdvantageArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static IReadOnlyList<KernelInfo> All { get; } = [.. KlShapings, SpanRewards, Clip, Advantages];

    /// <summary>The kernel of an estimate.</summary>
    /// <exception cref="NotSupportedException">The estimate is not in the catalogue.</exception>
    public static KernelInfo<KlShapingArguments<TEstimate>> KlShaping<TEstimate>()
        where TEstimate : struct, IKlEstimate<DeviceFloat> =>
        KlShapings.OfType<KernelInfo<KlShapingArguments<TEstimate>>>().FirstOrDefault()
            ?? throw new NotSupportedException($"[token_rewards] {typeof(TEstimate).Name} has no device kernel");

    private static KernelInfo<KlShapingArguments<TEstimate>> KlShaping<TEstimate>(string name)
        where TEstimate : struct, IKlEstimate<DeviceFloat> =>
        new(name, KernelFamily.TokenRewards, TokenRewards.KlShapingKernel<TEstimate>, static (in KlShapingArguments<TEstimate> a) => a.Extent.Groups, MapExtent.GroupSize);
}
