using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>Every kernel of a training step at the shapes of SmolLM2-135M (C 576, F 1536, H 9, G 3, D 64, V 49152); results are checked by parts.</summary>
public static class ModelCases
{
    private const int Hidden = 576;
    private const int Ffn = 1536;
    private const int Vocab = 49152;
    private const int Tokens = 512;

    private static readonly AttentionSizes Heads = new(9, 3, 64);
    private static readonly AdamWStep Step = new(1e-3, 0.9, 0.999, 1e-8, 0.01, 1);
    private static readonly CasePhase[] Forward = [CasePhase.Forward];
    private static readonly CasePhase[] Backward = [CasePhase.Backward];
    private static readonly CasePhase[] Both = [CasePhase.Forward, CasePhase.Backward];

    /// <summary>Rows of the linear layers: decoding at batch 1 and 8, training from there on.</summary>
    private static readonly int[] RowCounts = [1, 8, 64, 256];

    private static readonly int[] QuickRowCounts = [1, 64, 256];

    private static readonly (string Name, int In, int Out)[] Layers =
        [("qkv", Hidden, 960), ("attention-out", Hidden, Hidden), ("gate-up", Hidden, 2 * Ffn), ("down", Ffn, Hidden)];

    /// <summary>Products, attention and the head of a Llama of the 1B class (C 2048, F 8192, H 32, G 8, D 64, V 128256) at 4096 tokens: enough work for a GPU.</summary>
    public static IReadOnlyList<TimedCase> Large { get; } =
    [
        .. Linear([("1b.qkv", 2048, 3072), ("1b.attention-out", 2048, 2048), ("1b.gate-up", 2048, 16384), ("1b.down", 8192, 2048), ("square", 4096, 4096)], [4096]),
        Timed("attention", "1b.causal-4096", Both, static name => new AttentionCase(name, new AttentionSizes(32, 8, 64), 4096, [new(0, 4096, -1)])),
        Timed("log_prob_head", "1b.1024x2048x128256", Both, static name => new HeadCase(name, 1024, 2048, 128256, new HeadVariant(new HeadSpec()))),
    ];

    /// <param name="isQuick">Leaves out the largest sizes, and some between others.</param>
    public static IReadOnlyList<TimedCase> All(bool isQuick) => [.. Linear(Layers, isQuick ? QuickRowCounts : RowCounts), .. Attention(isQuick), .. Head(isQuick), .. Rows(), .. Memory()];

    private static IEnumerable<TimedCase> Linear((string Name, int In, int Out)[] layers, int[] rowCounts) =>
        from layer in layers
        from n in rowCounts
        from form in ((string Suffix, LinearGradients Gradients, CasePhase[] Phases)[])
            [("", LinearGradients.None, Forward), ("-dx", LinearGradients.Input, Backward), ("-dw", LinearGradients.Weight, Backward)]
        select Timed("linear", $"{layer.Name}-{n}x{layer.In}x{layer.Out}{form.Suffix}", form.Phases, name => new LinearCase(name, n, layer.In, layer.Out, new LinearVariant(Gradients: form.Gradients)));

    private static IEnumerable<TimedCase> Attention(bool isQuick)
    {
        yield return Timed("attention", "causal-512", Both, static name => new AttentionCase(name, Heads, Tokens, [new(0, Tokens, -1)]));
        yield return Timed("attention", "pair-128-128-128", Both, static name => new AttentionCase(name, Heads, 384, [new(0, 128, -1), new(128, 128, 0), new(256, 128, 0)]));
        if (!isQuick)
        {
            yield return Timed("attention", "causal-1024", Both, static name => new AttentionCase(name, Heads, 1024, [new(0, 1024, -1)]));
        }
    }

    private static IEnumerable<TimedCase> Head(bool isQuick)
    {
        foreach (int rows in (int[])(isQuick ? [64] : [64, 256]))
        {
            yield return Timed("log_prob_head", $"{rows}x{Hidden}x{Vocab}", Both, name => new HeadCase(name, rows, Hidden, Vocab, new HeadVariant(new HeadSpec())));
        }

        if (!isQuick)
        {
            // Backward scales 256 rows, whatever the vocabulary: nothing to time beside the rest.
            var frozen = new HeadVariant(new HeadSpec(), IsFrozen: true, KeepsSlope: true);
            yield return Timed("log_prob_head", $"256x{Hidden}x{Vocab}-slope", Forward, name => new HeadCase(name, 256, Hidden, Vocab, frozen));
        }
    }

    private static IEnumerable<TimedCase> Rows() =>
    [
        Timed("rms_norm", $"{Tokens}x{Hidden}", Both, static name => new RmsNormCase(name, new Shape(Tokens, Hidden), new NormVariant(Write.Add))),
        Timed("layer_norm", $"{Tokens}x{Hidden}", Both, static name => new LayerNormCase(name, new Shape(Tokens, Hidden), new NormVariant(Write.Add))),
        Timed("gated_activation", $"silu-{Tokens}x{Ffn}", Both, static name => new GatedActivationCase(name, Activation.Silu, Tokens, Ffn)),
        Timed("activation", $"gelu-{Tokens}x{Ffn}", Both, static name => new ActivationCase(name, Activation.Gelu, new Shape(Tokens, Ffn))),
        Timed("rotary", $"{Tokens}x12x64-in-place", Forward, static name => new RotaryCase(name, new Shape(Tokens, 12, 64), 64, Tokens, RotaryPairing.Halves, isInPlace: true)),
    ];

    private static IEnumerable<TimedCase> Memory() =>
    [
        Timed("copy", $"{Tokens}x{Ffn}", Forward, static name => new CopyCase(name, new Shape(Tokens, Ffn), null, null)),
        Timed("add", $"{Tokens}x{Ffn}", Forward, static name => new AddCase(name, new Shape(Tokens, Ffn), 1)),
        Timed("sum_of_squares", "1M", Forward, static name => new SumOfSquaresCase(name, new Shape(1 << 20))),
        Timed("adamw", "1M", Forward, static name => new AdamWCase(name, 1 << 20, Step)),
    ];

    private static TimedCase Timed(string op, string variant, CasePhase[] phases, Func<string, KernelCase> create) =>
        new($"{op}/{variant}", () => create(variant), phases);
}
