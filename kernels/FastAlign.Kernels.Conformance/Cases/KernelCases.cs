using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>The catalogue of cases. Names are immutable: results are compared over time by name.</summary>
public static class KernelCases
{
    private static readonly AdamWStep FirstStep = new(1e-3, 0.9, 0.999, 1e-8, 0.01, 1);

    /// <summary>Awkward shapes for verification: ones, primes, tails of vectors and tiles, strided rows, trees.</summary>
    public static IReadOnlyList<KernelCase> All { get; } = [.. Memory(), .. Rows(), .. Linear(), .. Attention(), .. Head(), .. Vocabulary()];

    /// <summary>Shapes of a small language model (Llama, 135M) for timing; small enough for the reference to check the result.</summary>
    public static IReadOnlyList<KernelCase> Timed { get; } =
    [
        new CopyCase("timed", new Shape(1024, 1536), null, null),
        new AddCase("timed", new Shape(1024, 1536), 1),
        new SumOfSquaresCase("timed", new Shape(1024, 1536)),
        new AdamWCase("timed", 1 << 20, FirstStep),
        new GatherRowsCase("timed", 8192, 512, 576, Write.Assign),
        new RmsNormCase("timed", new Shape(512, 576), new NormVariant(Write.Add)),
        new LayerNormCase("timed", new Shape(512, 576), new NormVariant(Write.Add)),
        new LinearCase("timed-512x576x576", 512, 576, 576, new LinearVariant()),
        new LinearCase("timed-512x576x1536", 512, 576, 1536, new LinearVariant()),
        new LinearCase("timed-1x576x1536", 1, 576, 1536, new LinearVariant()),
        new RotaryCase("timed", new Shape(512, 9, 64), 64, 512, RotaryPairing.Halves),
        new ActivationCase("timed-gelu", Activation.Gelu, new Shape(512, 1536)),
        new GatedActivationCase("timed-silu", Activation.Silu, 512, 1536),
        new AttentionCase("timed-512", new AttentionSizes(9, 3, 64), 512, [new(0, 512, -1)]),
        new AttentionCase("timed-tree", new AttentionSizes(9, 3, 64), 512, [new(0, 256, -1), new(256, 128, 0), new(384, 128, 0)]),
        new HeadCase("timed", 64, 576, 8192, new HeadVariant(new HeadSpec(1))),
        new DivergenceCase("timed-forward-kl", 64, (576, 576), 8192, new DivergenceVariant(new DivergenceSpec(0, new HeadSpec(), new HeadSpec()))),
        new DivergenceCase("timed-js", 64, (576, 576), 8192, new DivergenceVariant(new DivergenceSpec(0.5, new HeadSpec(), new HeadSpec()))),
        new TopTokensCase("timed-20", 64, 576, 8192, 20),
        new SelectedCase("timed-20", 64, 576, 8192, 20, new HeadVariant(new HeadSpec())),
    ];

    private static IEnumerable<KernelCase> Memory() =>
    [
        new FillCase("1", new Shape(1)),
        new FillCase("5x123", new Shape(5, 123)),
        new FillCase("7x31-strided", new Shape(7, 31), padding: 3),
        new CopyCase("5x123", new Shape(5, 123), null, null),
        new CopyCase("3x5x7-strided", new Shape(3, 5, 7), null, null, 5, 2),
        new CopyCase("ids", new Shape(37), DType.I32, DType.I32),
        new CopyCase("single-to-bfloat16", new Shape(9, 67), DType.F32, DType.BF16, 1, 3),
        new CopyCase("bfloat16-to-single", new Shape(9, 67), DType.BF16, DType.F32, 3, 1),
        new CopyCase("single-to-double", new Shape(257), DType.F32, DType.F64),
        new CopyCase("double-to-single", new Shape(257), DType.F64, DType.F32),
        new AddCase("1", new Shape(1), 1),
        new AddCase("5x123", new Shape(5, 123), -0.7),
        new AddCase("7x31-strided", new Shape(7, 31), 0.1, 1, 2),
        new ScaleCase("257", new Shape(257)),
        new SumOfSquaresCase("1", new Shape(1)),
        new SumOfSquaresCase("10007", new Shape(10007)),
        new SumOfSquaresCase("65x129", new Shape(65, 129)),
        new GatherRowsCase("1", 1, 1, 1, Write.Assign),
        new GatherRowsCase("13-of-5x123", 5, 13, 123, Write.Assign),
        new GatherRowsCase("13-of-5x123-add", 5, 13, 123, Write.Add, paddingDy: 5),
        new ScatterRowsCase("1", 1, 1, 1),
        new ScatterRowsCase("5-of-13x123", 13, 5, 123, padding: 3),
        new AdamWCase("1", 1, FirstStep),
        new AdamWCase("1031-first", 1031, FirstStep),
        new AdamWCase("257-late-clipped", 257, new AdamWStep(2e-4, 0.9, 0.95, 1e-8, 0, 1000, 0.37)),
    ];

    private static IEnumerable<KernelCase> Rows() =>
    [
        new RmsNormCase("1x1", new Shape(1, 1), new NormVariant()),
        new RmsNormCase("5x123", new Shape(5, 123), new NormVariant()),
        new RmsNormCase("5x123-add", new Shape(5, 123), new NormVariant(Write.Add)),
        new RmsNormCase("7x257-gemma-strided", new Shape(7, 257), new NormVariant(Offset: 1, Padding: 5)),
        new RmsNormCase("3x5x31-heads-strided-in-place", new Shape(3, 5, 31), new NormVariant(Padding: 3, IsInPlace: true)),
        new LayerNormCase("1x2", new Shape(1, 2), new NormVariant()),
        new LayerNormCase("5x123", new Shape(5, 123), new NormVariant()),
        new LayerNormCase("7x257-add-strided", new Shape(7, 257), new NormVariant(Write.Add, Padding: 5)),
        new LayerNormCase("3x5x31-heads-in-place", new Shape(3, 5, 31), new NormVariant(IsInPlace: true)),
        new RotaryCase("1x1x2", new Shape(1, 1, 2), 2, 3, RotaryPairing.Halves),
        new RotaryCase("11x3x34", new Shape(11, 3, 34), 34, 50, RotaryPairing.Halves),
        new RotaryCase("5x3x48-partial-strided", new Shape(5, 3, 48), 22, 19, RotaryPairing.Halves, padding: 7),
        new RotaryCase("11x3x34-interleaved", new Shape(11, 3, 34), 34, 50, RotaryPairing.Interleaved),
        new RotaryCase("5x3x48-interleaved-partial-strided", new Shape(5, 3, 48), 22, 19, RotaryPairing.Interleaved, padding: 7),
        .. Activations(),
    ];

    private static IEnumerable<KernelCase> Activations()
    {
        foreach (Activation kind in Enum.GetValues<Activation>())
        {
            string name = Enum.GetName(kind)!.ToLowerInvariant();
            yield return new ActivationCase($"{name}-1x1", kind, new Shape(1, 1));
            yield return new ActivationCase($"{name}-5x123", kind, new Shape(5, 123));
            yield return new ActivationCase($"{name}-7x31-in-place", kind, new Shape(7, 31), isInPlace: true);
            yield return new GatedActivationCase($"{name}-5x123", kind, 5, 123);
            yield return new GatedActivationCase($"{name}-7x31-in-place", kind, 7, 31, isInPlace: true);
        }
    }

    private static IEnumerable<KernelCase> Linear() =>
    [
        new LinearCase("1x1x1", 1, 1, 1, new LinearVariant()),
        new LinearCase("5x123x123", 5, 123, 123, new LinearVariant()),
        new LinearCase("1x257x65-bias", 1, 257, 65, new LinearVariant(HasBias: true)),
        new LinearCase("13x17x33-add-strided", 13, 17, 33, new LinearVariant(Write: Write.Add, Padding: 5)),
        new LinearCase("31x67x41-bias-residual", 31, 67, 41, new LinearVariant(HasBias: true, HasResidual: true)),
        new LinearCase("145x401x37-beyond-tiles", 145, 401, 37, new LinearVariant(HasBias: true, Write: Write.Add)),
    ];

    private static IEnumerable<KernelCase> Attention() =>
    [
        new AttentionCase("1", new AttentionSizes(1, 1, 1), 1, [new(0, 1, -1)]),
        new AttentionCase("7-heads-3x8", new AttentionSizes(3, 3, 8), 7, [new(0, 7, -1)]),
        new AttentionCase("131-grouped-strided", new AttentionSizes(4, 2, 20, Padding: 5), 131, [new(0, 131, -1)]),
        new AttentionCase("packed-1-64-65", new AttentionSizes(2, 1, 16), 130, [new(0, 1, -1), new(1, 64, -1), new(65, 65, -1)]),
        new AttentionCase("tree-pair", new AttentionSizes(2, 2, 13), 60, [new(0, 30, -1), new(30, 11, 0), new(41, 19, 0)]),
        new AttentionCase("tree-deep-across-blocks", new AttentionSizes(3, 1, 8), 150, [new(0, 61, -1), new(61, 5, 0), new(66, 67, 1), new(133, 2, 1), new(135, 15, 0)]),
        new AttentionCase("window-9-tree", new AttentionSizes(2, 1, 8), 45, [new(0, 20, -1), new(20, 12, 0), new(32, 13, 0)], window: 9),
        new AttentionCase("window-66", new AttentionSizes(1, 1, 8), 140, [new(0, 140, -1)], window: 66),
        new AttentionCase("cap-sharp", new AttentionSizes(2, 1, 12, Scale: 3), 70, [new(0, 70, -1)], softCap: 5),
        new AttentionCase("sharp", new AttentionSizes(2, 2, 12, Scale: 4), 70, [new(0, 70, -1)]),
        new AttentionCase("decode", new AttentionSizes(4, 2, 16, Padding: 3), 200, [new(0, 70, -1), new(80, 63, 0), new(150, 1, 0)], [new(0, 1, 1, 62), new(1, 1, 2, 0), new(2, 3, 0, 67)]),
    ];

    private static IEnumerable<KernelCase> Head() =>
    [
        new HeadCase("1x1x2", 1, 1, 2, new HeadVariant(new HeadSpec(1))),
        new HeadCase("5x31x123", 5, 31, 123, new HeadVariant(new HeadSpec(1), HasStatistics: true)),
        new HeadCase("7x16x1031-frozen", 7, 16, 1031, new HeadVariant(new HeadSpec(1, Temperature: 0.7f), IsFrozen: true)),
        new HeadCase("7x16x1031-slope", 7, 16, 1031, new HeadVariant(new HeadSpec(1, Temperature: 0.7f), IsFrozen: true, KeepsSlope: true)),
        new HeadCase("13x33x257-slope-cap-bias", 13, 33, 257, new HeadVariant(new HeadSpec(0.5f, 30, 1.3f), HasBias: true, HasStatistics: true, IsFrozen: true, KeepsSlope: true)),
        new HeadCase("3x5x4099-slope-beyond-tiles", 3, 5, 4099, new HeadVariant(new HeadSpec(4, 5, 0.5f), IsFrozen: true, KeepsSlope: true)),
        new HeadCase("13x33x257-all", 13, 33, 257, new HeadVariant(new HeadSpec(0.5f, 30, 1.3f), HasBias: true, HasStatistics: true)),
        new HeadCase("3x5x4099-beyond-tiles", 3, 5, 4099, new HeadVariant(new HeadSpec(1), HasBias: true, HasStatistics: true)),
        new HeadCase("3x20x67-cap-sharp", 3, 20, 67, new HeadVariant(new HeadSpec(4, 5, 0.5f), HasStatistics: true)),
    ];

    private static IEnumerable<KernelCase> Vocabulary() =>
    [
        new DivergenceCase("1x2-forward-kl", 1, (1, 1), 2, new DivergenceVariant(new DivergenceSpec(0, new HeadSpec(), new HeadSpec()))),
        new DivergenceCase("5x123-forward-kl", 5, (31, 17), 123, new DivergenceVariant(new DivergenceSpec(0, new HeadSpec(), new HeadSpec()))),
        new DivergenceCase("5x123-reverse-kl", 5, (31, 17), 123, new DivergenceVariant(new DivergenceSpec(1, new HeadSpec(), new HeadSpec()))),
        new DivergenceCase("5x123-js", 5, (31, 17), 123, new DivergenceVariant(new DivergenceSpec(0.5, new HeadSpec(), new HeadSpec()))),
        new DivergenceCase("7x1031-js-frozen-hot", 7, (16, 24), 1031, new DivergenceVariant(new DivergenceSpec(0.1, new HeadSpec(Temperature: 1.7f), new HeadSpec(Temperature: 1.7f)), IsFrozen: true)),
        new DivergenceCase("5x131-reverse-kl-bias-add", 5, (33, 20), 131, new DivergenceVariant(new DivergenceSpec(1, new HeadSpec(0.5f, 30, 1.3f), new HeadSpec(0.25f, 20, 1.3f)), HasBias: true, Write: Write.Add)),
        new DivergenceCase("5x131-js-bias-add", 5, (33, 20), 131, new DivergenceVariant(new DivergenceSpec(0.9, new HeadSpec(0.5f, 30, 1.3f), new HeadSpec(0.25f, 20, 1.3f)), HasBias: true, Write: Write.Add)),
        new DivergenceCase("3x67-js-sharp", 3, (20, 20), 67, new DivergenceVariant(new DivergenceSpec(0.5, new HeadSpec(4, 5, 0.5f), new HeadSpec(4, 5, 0.5f)))),
        new DivergenceCase("2x2051-js-beyond-tiles", 2, (5, 4), 2051, new DivergenceVariant(new DivergenceSpec(0.5, new HeadSpec(), new HeadSpec()))),
        new TopTokensCase("1x2", 1, 1, 2, 1),
        new TopTokensCase("9x123-5", 9, 31, 123, 5),
        new TopTokensCase("3x1031-20-bias", 3, 16, 1031, 20, hasBias: true),
        new TopTokensCase("2x17-all", 2, 8, 17, 17),
        new TopTokensCase("3x4099-7-beyond-tiles", 3, 5, 4099, 7),
        new SelectedCase("1x2", 1, 1, 2, 1, new HeadVariant(new HeadSpec())),
        new SelectedCase("9x123-5", 9, 31, 123, 5, new HeadVariant(new HeadSpec())),
        new SelectedCase("3x1031-20-frozen-add", 3, 16, 1031, 20, new HeadVariant(new HeadSpec(Temperature: 0.7f), IsFrozen: true), Write.Add),
        new SelectedCase("13x257-4-bias-cap", 13, 33, 257, 4, new HeadVariant(new HeadSpec(0.5f, 30, 1.3f), HasBias: true)),
        new SelectedCase("3x4099-5-beyond-tiles", 3, 5, 4099, 5, new HeadVariant(new HeadSpec(), HasBias: true)),
    ];
}
