using FastAlign.Gpu;
using FastAlign.Kernels.Device;

namespace FastAlign.Kernels.Conformance;

/// <summary>The catalogue of cases of <see cref="DeviceLosses"/>: every formula of the device catalogue, and awkward sizes. Names are immutable.</summary>
public static class DeviceCases
{
    public static IReadOnlyList<KernelCase> All { get; } =
    [
        new SegmentSumCase("1", 1),
        new SegmentSumCase("empty-1-130-300", 0, 1, 130, 300, 0),
        .. FormulaTwins.Cases(LossKernels.PairTerms, typeof(PairTermCase<>)),
        .. FormulaTwins.Cases(LossKernels.TokenTerms, typeof(TokenTermCase<>)),
        .. FormulaTwins.Cases(TokenRewardKernels.KlShapings, typeof(KlShapingCase<>)),
        new SpanRewardCase("spans-last", SpanPlacement.Last),
        new SpanRewardCase("spans-spread", SpanPlacement.Spread),
        new SpanRewardCase("spans-each", SpanPlacement.Each),
        new RewardClipCase("clip"),
        new AdvantageCase("1", 1),
        new AdvantageCase("empty-1-65-131", 0, 1, 65, 131, 0),
        new SamplingCase("1x1", 1, 1, new DeviceSampling(1)),
        new SamplingCase("2x5-nucleus", 2, 5, new DeviceSampling(0.9, TopP: 0.8)),
        new SamplingCase("3x131-greedy", 3, 131, new DeviceSampling(0)),
        new SamplingCase("7x131-hot", 7, 131, new DeviceSampling(1.3)),
        new SamplingCase("5x257-top-k", 5, 257, new DeviceSampling(1.3, TopK: 3)),
        new SamplingCase("3x1031-top-k-nucleus", 3, 1031, new DeviceSampling(1, TopK: 200, TopP: 0.5)),
    ];
}
