namespace FastAlign.Kernels.Device;

/// <summary>The kernels of <see cref="Losses"/>. A formula becomes a kernel by one line here.</summary>
public static class LossKernels
{
    public static KernelInfo<SegmentSumArguments> SegmentSum { get; } =
        new("segment_sum", KernelFamily.Losses, Losses.SegmentSumKernel, static (in SegmentSumArguments a) => a.Sequences, GroupTree.GroupSize, GroupTree.SharedBytes);

    public static KernelInfo<SegmentSpreadArguments> SegmentSpread { get; } =
        new("segment_sum.backward", KernelFamily.Losses, Losses.SegmentSpreadKernel, static (in SegmentSpreadArguments a) => a.Sequences, GroupTree.GroupSize);

    /// <summary>One kernel per paired formula.</summary>
    public static IReadOnlyList<KernelInfo> PairTerms { get; } =
    [
        PairTerm<LogisticPair<Dual<DeviceFloat>>>("pair.logistic"),
    ];

    /// <summary>One kernel per token formula.</summary>
    public static IReadOnlyList<KernelInfo> TokenTerms { get; } =
    [
        TokenTerm<NegativeLogLikelihood<Dual<DeviceFloat>>>("token.nll"),
        TokenTerm<DynamicFineTuning<Dual<DeviceFloat>>>("token.dft"),
        TokenTerm<PolicyGradient<Dual<DeviceFloat>>>("token.policy_gradient"),
        TokenTerm<ClippedRatio<Dual<DeviceFloat>>>("token.clipped_ratio"),
        TokenTerm<UnclippedRatio<Dual<DeviceFloat>>>("token.unclipped_ratio"),
        TokenTerm<WeightedPolicyGradient<Dual<DeviceFloat>>>("token.weighted_policy_gradient"),
        TokenTerm<GammaWeightedPolicyGradient<Dual<DeviceFloat>>>("token.gamma_weighted_policy_gradient"),
        TokenTerm<SoftGate<Dual<DeviceFloat>>>("token.soft_gate"),
        TokenTerm<OneSidedLogRatio<Dual<DeviceFloat>>>("token.one_sided_log_ratio"),
        TokenTerm<AbsoluteLogRatio<Dual<DeviceFloat>>>("token.absolute_log_ratio"),
        TokenTerm<ReferenceKl<Dual<DeviceFloat>, KlK1<Dual<DeviceFloat>>>>("token.kl_k1"),
        TokenTerm<ReferenceKl<Dual<DeviceFloat>, KlK2<Dual<DeviceFloat>>>>("token.kl_k2"),
        TokenTerm<ReferenceKl<Dual<DeviceFloat>, KlK3<Dual<DeviceFloat>>>>("token.kl_k3"),
        TokenTerm<ReferenceKl<Dual<DeviceFloat>, KlAbsolute<Dual<DeviceFloat>>>>("token.kl_absolute"),
    ];

    public static IReadOnlyList<KernelInfo> All { get; } = [SegmentSum, SegmentSpread, .. PairTerms, .. TokenTerms];

    /// <summary>The kernel of a formula.</summary>
    /// <exception cref="NotSupportedException">The formula is not in the catalogue.</exception>
    public static KernelInfo<PairTermArguments<TFormula>> PairTerm<TFormula>()
        where TFormula : struct, IPairFormula<Dual<DeviceFloat>> =>
        PairTerms.OfType<KernelInfo<PairTermArguments<TFormula>>>().FirstOrDefault()
            ?? throw new NotSupportedException($"[pair] {typeof(TFormula).Name} has no device kernel");

    /// <summary>The kernel of a formula.</summary>
    /// <exception cref="NotSupportedException">The formula is not in the catalogue.</exception>
    public static KernelInfo<TokenTermArguments<TFormula>> TokenTerm<TFormula>()
        where TFormula : struct, ITokenFormula<Dual<DeviceFloat>> =>
        TokenTerms.OfType<KernelInfo<TokenTermArguments<TFormula>>>().FirstOrDefault()
            ?? throw new NotSupportedException($"[token] {typeof(TFormula).Name} has no device kernel");

    private static KernelInfo<TokenTermArguments<TFormula>> TokenTerm<TFormula>(string name)
        where TFormula : struct, ITokenFormula<Dual<DeviceFloat>> =>
        new(name, KernelFamily.Losses, Losses.TokenTermKernel<TFormula>, static (in TokenTermArguments<TFormula> a) => a.Extent.Groups, MapExtent.GroupSize);

    private static KernelInfo<PairTermArguments<TFormula>> PairTerm<TFormula>(string name)
        where TFormula : struct, IPairFormula<Dual<DeviceFloat>> =>
        new(name, KernelFamily.Losses, Losses.PairTermKernel<TFormula>, static (in PairTermArguments<TFormula> a) => a.Extent.Groups, MapExtent.GroupSize);
}
