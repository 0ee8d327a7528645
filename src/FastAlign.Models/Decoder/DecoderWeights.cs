using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>The tensors of one layer. Weights and gradients have the same form; absent biases and norms are <see cref="Tensor.None"/>.</summary>
internal sealed record LayerWeights
{
    /// <summary>Norm before attention.</summary>
    public required NormWeights Norm1 { get; init; }

    /// <summary>[(H+2G)D, C]: queries, keys, values.</summary>
    public required LinearWeights Qkv { get; init; }

    /// <summary>[D]</summary>
    public required Tensor QNorm { get; init; }

    /// <summary>[D]</summary>
    public required Tensor KNorm { get; init; }

    /// <summary>[C, HD]</summary>
    public required LinearWeights Out { get; init; }

    /// <summary>Norm before the MLP.</summary>
    public required NormWeights Norm2 { get; init; }

    /// <summary>[2F, C]: gate, then up; [F, C] without a gate.</summary>
    public required LinearWeights Up { get; init; }

    /// <summary>[C, F]</summary>
    public required LinearWeights Down { get; init; }
}

/// <summary>Weight [out, in] and optional bias [out] of a linear layer.</summary>
internal readonly record struct LinearWeights(Tensor Weight, Tensor Bias);

/// <summary>Scale and optional shift of a norm.</summary>
internal readonly record struct NormWeights(Tensor Weight, Tensor Bias);

/// <summary>A <see cref="ParameterSet"/> with its tensors looked up once: the form in which the model reads weights and writes gradients.</summary>
internal sealed class DecoderWeights
{
    public DecoderWeights(DecoderSpec spec, ParameterSet set)
    {
        Set = set;
        Embedding = set[DecoderParameters.Embedding];
        Positions = Optional(set, DecoderParameters.Positions);
        Layers = new LayerWeights[spec.Layers];
        for (int layer = 0; layer < Layers.Length; layer++)
        {
            Layers[layer] = new LayerWeights
            {
                Norm1 = Norm(set, DecoderParameters.OfLayer(layer, "norm1")),
                Qkv = Linear(set, DecoderParameters.OfLayer(layer, "qkv")),
                QNorm = Optional(set, DecoderParameters.OfLayer(layer, "q_norm.weight")),
                KNorm = Optional(set, DecoderParameters.OfLayer(layer, "k_norm.weight")),
                Out = Linear(set, DecoderParameters.OfLayer(layer, "out")),
                Norm2 = Norm(set, DecoderParameters.OfLayer(layer, "norm2")),
                Up = Linear(set, DecoderParameters.OfLayer(layer, "up")),
                Down = Linear(set, DecoderParameters.OfLayer(layer, "down")),
            };
        }

        FinalNorm = Norm(set, DecoderParameters.FinalNorm);
        Head = spec.IsHeadTied ? Embedding : Optional(set, DecoderParameters.Head);
        ScoreHidden = OptionalLinear(set, DecoderParameters.ScoreHidden);
        Score = OptionalLinear(set, DecoderParameters.Score);
    }

    public ParameterSet Set { get; }

    /// <summary>[V, C]</summary>
    public Tensor Embedding { get; }

    /// <summary>[P, C] or none.</summary>
    public Tensor Positions { get; }

    public LayerWeights[] Layers { get; }

    public NormWeights FinalNorm { get; }

    /// <summary>[V, C]: the embedding itself when tied. A tied gradient is the sum of both uses, in one tensor.</summary>
    public Tensor Head { get; }

    /// <summary>[H, C], the hidden layer of the score head, or none.</summary>
    public LinearWeights ScoreHidden { get; }

    /// <summary>[labels, C], or [labels, H] above a hidden layer; none for a language model.</summary>
    public LinearWeights Score { get; }

    private static LinearWeights Linear(ParameterSet set, string name) => new(set[$"{name}.weight"], Optional(set, $"{name}.bias"));

    private static LinearWeights OptionalLinear(ParameterSet set, string name) => new(Optional(set, $"{name}.weight"), Optional(set, $"{name}.bias"));

    private static NormWeights Norm(ParameterSet set, string name) => new(set[$"{name}.weight"], Optional(set, $"{name}.bias"));

    private static Tensor Optional(ParameterSet set, string name) => set.Contains(name) ? set[name] : Tensor.None;
}
