using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Peers;

/// <summary>Shapes of published models; the comparisons fill them with random weights.</summary>
internal static class ModelShapes
{
    /// <summary>HuggingFaceTB/SmolLM2-135M.</summary>
    public static DecoderSpec SmolLm135M { get; } = Llama(layers: 30, hidden: 576, heads: 9, kvHeads: 3, ffn: 1536, vocab: 49152, theta: 100_000);

    /// <summary>karpathy/tinyllamas, stories260K.</summary>
    public static DecoderSpec Stories260K { get; } = Llama(layers: 5, hidden: 64, heads: 8, kvHeads: 4, ffn: 172, vocab: 512, theta: 10_000);

    private static DecoderSpec Llama(int layers, int hidden, int heads, int kvHeads, int ffn, int vocab, double theta)
    {
        int headDim = hidden / heads;
        return new DecoderSpec
        {
            ModelType = "llama",
            Layers = layers,
            Hidden = hidden,
            Heads = heads,
            KvHeads = kvHeads,
            HeadDim = headDim,
            Ffn = ffn,
            Vocab = vocab,
            MaxPositions = 2048,
            NormSpec = new NormSpec(1e-5),
            Rotary = new RotarySpec([.. Enumerable.Range(0, headDim / 2).Select(j => Math.Pow(theta, -2.0 * j / headDim))]),
            IsHeadTied = true,
            AttentionScale = 1 / Math.Sqrt(headDim),
        };
    }
}
