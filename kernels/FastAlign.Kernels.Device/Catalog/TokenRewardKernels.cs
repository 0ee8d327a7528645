namespace FastAlign.Kernels.Device;

/// <summary>The kernels of <see cref="TokenRewards"/>. An estimate of the KL is a kernel by being there: see <see cref="DeviceFormulas"/>.</summary>
public static class TokenRewardKernels
{
    /// <summary>One kernel per estimate of the KL.</summary>
    public static IReadOnlyList<KernelInfo> KlShapings { get; } =
        [.. DeviceFormulas.Implementing(typeof(IKlEstimate<>), typeof(DeviceFloat)).Select(static estimate => DeviceFormulas.Kernel(typeof(TokenRewardKernels), nameof(KlShaping), estimate))];

    public static KernelInfo<SpanRewardArguments> SpanRewards { get; } =
        new("token_rewards.spans", KernelFamily.TokenRewards, TokenRewards.SpanRewardKernel, static (in SpanRewardArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static KernelInfo<RewardClipArguments> Clip { get; } =
        new("token_rewards.clip", KernelFamily.TokenRewards, TokenRewards.RewardClipKernel, static (in RewardClipArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static KernelInfo<AdvantageArguments> Advantages { get; } =
        new("token_rewards.gae", KernelFamily.TokenRewards, TokenRewards.AdvantageKernel, static (in AdvantageArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static IReadOnlyList<KernelInfo> All { get; } = [.. KlShapings, SpanRewards, Clip, Advantages];

    /// <summary>The kernel of an estimate, which may be the caller's own.</summary>
    public static KernelInfo<KlShapingArguments<TEstimate>> KlShaping<TEstimate>()
        where TEstimate : struct, IKlEstimate<DeviceFloat> => OfEstimate<TEstimate>.Kernel;

    private static class OfEstimate<TEstimate>
        where TEstimate : struct, IKlEstimate<DeviceFloat>
    {
        public static readonly KernelInfo<KlShapingArguments<TEstimate>> Kernel = new(
            DeviceFormulas.Name("token_rewards", typeof(TEstimate)),
            KernelFamily.TokenRewards,
            TokenRewards.KlShapingKernel<TEstimate>,
            static (in KlShapingArguments<TEstimate> a) => a.Extent.Groups,
            MapExtent.GroupSize);
    }
}
