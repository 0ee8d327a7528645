namespace FastAlign.Kernels.Device;

/// <summary>The kernels of <see cref="Losses"/>. A formula is a kernel by being there: see <see cref="DeviceFormulas"/>.</summary>
public static class LossKernels
{
    public static KernelInfo<SegmentSumArguments> SegmentSum { get; } =
        new("segment_sum", KernelFamily.Losses, Losses.SegmentSumKernel, static (in SegmentSumArguments a) => a.Sequences, GroupTree.GroupSize, GroupTree.SharedBytes);

    public static KernelInfo<SegmentSpreadArguments> SegmentSpread { get; } =
        new("segment_sum.backward", KernelFamily.Losses, Losses.SegmentSpreadKernel, static (in SegmentSpreadArguments a) => a.Sequences, GroupTree.GroupSize);

    /// <summary>One kernel per paired formula.</summary>
    public static IReadOnlyList<KernelInfo> PairTerms { get; } =
        [.. DeviceFormulas.Implementing(typeof(IPairFormula<>), typeof(Dual<DeviceFloat>)).Select(static formula => DeviceFormulas.Kernel(typeof(LossKernels), nameof(PairTerm), formula))];

    /// <summary>One kernel per token formula.</summary>
    public static IReadOnlyList<KernelInfo> TokenTerms { get; } =
        [.. DeviceFormulas.Implementing(typeof(ITokenFormula<>), typeof(Dual<DeviceFloat>)).Select(static formula => DeviceFormulas.Kernel(typeof(LossKernels), nameof(TokenTerm), formula))];

    public static IReadOnlyList<KernelInfo> All { get; } = [SegmentSum, SegmentSpread, .. PairTerms, .. TokenTerms];

    /// <summary>The kernel of a formula, which may be the caller's own.</summary>
    public static KernelInfo<PairTermArguments<TFormula>> PairTerm<TFormula>()
        where TFormula : struct, IPairFormula<Dual<DeviceFloat>> => OfPair<TFormula>.Kernel;

    /// <summary>The kernel of a formula, which may be the caller's own.</summary>
    public static KernelInfo<TokenTermArguments<TFormula>> TokenTerm<TFormula>()
        where TFormula : struct, ITokenFormula<Dual<DeviceFloat>> => OfToken<TFormula>.Kernel;

    private static class OfPair<TFormula>
        where TFormula : struct, IPairFormula<Dual<DeviceFloat>>
    {
        public static readonly KernelInfo<PairTermArguments<TFormula>> Kernel = new(
            DeviceFormulas.Name("pair", typeof(TFormula)),
            KernelFamily.Losses,
            Losses.PairTermKernel<TFormula>,
            static (in PairTermArguments<TFormula> a) => a.Extent.Groups,
            MapExtent.GroupSize);
    }

    private static class OfToken<TFormula>
        where TFormula : struct, ITokenFormula<Dual<DeviceFloat>>
    {
        public static readonly KernelInfo<TokenTermArguments<TFormula>> Kernel = new(
            DeviceFormulas.Name("token", typeof(TFormula)),
            KernelFamily.Losses,
            Losses.TokenTermKernel<TFormula>,
            static (in TokenTermArguments<TFormula> a) => a.Extent.Groups,
            MapExtent.GroupSize);
    }
}
