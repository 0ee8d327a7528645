using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>Kinds of normalisation layers.</summary>
public enum NormKind
{
    Rms,
    Layer,
}

/// <summary>
/// Everything that tells one decoder family from another. An architecture file fills it from a Hugging Face config; the model reads nothing else.
/// </summary>
public sealed record DecoderSpec
{
    /// <summary>Hugging Face <c>model_type</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>L.</summary>
    public required int Layers { get; init; }

    /// <summary>C, the width of the residual stream.</summary>
    public required int Hidden { get; init; }

    /// <summary>H query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>G key-value heads; divides H.</summary>
    public required int KvHeads { get; init; }

    /// <summary>D.</summary>
    public required int HeadDim { get; init; }

    /// <summary>F, the width of the MLP.</summary>
    public required int Ffn { get; init; }

    /// <summary>V.</summary>
    public required int Vocab { get; init; }

    /// <summary>Positions the model was made for.</summary>
    public required int MaxPositions { get; init; }

    public NormKind Norm { get; init; } = NormKind.Rms;

    public NormSpec NormSpec { get; init; } = new(1e-5);

    /// <summary>RMS norm over the width of each head on queries and keys, before rotation (Qwen3).</summary>
    public bool HasQkNorm { get; init; }

    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary><c>down(f(gate(x)) * up(x))</c>; else <c>down(f(up(x)))</c>.</summary>
    public bool IsGated { get; init; } = true;

    /// <summary>Rotary embedding, or null for learned positions.</summary>
    public RotarySpec? Rotary { get; init; }

    /// <summary>A table [MaxPositions, C] added to the token embeddings (GPT-2).</summary>
    public bool HasLearnedPositions { get; init; }

    public bool HasQkvBias { get; init; }

    public bool HasAttentionOutputBias { get; init; }

    public bool HasMlpBias { get; init; }

    /// <summary>The output head is the embedding table.</summary>
    public bool IsHeadTied { get; init; }

    /// <summary>Multiplies q·k.</summary>
    public required double AttentionScale { get; init; }

    /// <summary>Sliding window of each layer, 0 for full attention; null means all full.</summary>
    public IReadOnlyList<int>? Windows { get; init; }

    public HeadSpec Head { get; init; } = new();

    /// <summary>Rows of the query, key and value projection together.</summary>
    public int QkvWidth => (Heads + (2 * KvHeads)) * HeadDim;

    /// <summary>Attention options of a layer.</summary>
    public AttentionSpec AttentionOf(int layer) => new(AttentionScale, Windows?[layer] ?? 0);
}
