using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>Names and shapes of a decoder's parameters, from its <see cref="DecoderSpec"/> alone.</summary>
public static class DecoderParameters
{
    public const string Embedding = "embedding.weight";
    public const string Positions = "positions.weight";
    public const string FinalNorm = "norm";
    public const string Head = "head.weight";
    public const string Score = "score";
    public const string ScoreHidden = "score_hidden";

    /// <summary>Name of a parameter of layer <paramref name="layer"/>, e.g. <c>layers.0.qkv.weight</c>.</summary>
    public static string OfLayer(int layer, string name) => $"layers.{layer}.{name}";

    /// <summary>Whether a parameter belongs to the score head.</summary>
    public static bool IsOfScoreHead(string name) =>
        name.StartsWith($"{Score}.", StringComparison.Ordinal) || name.StartsWith($"{ScoreHidden}.", StringComparison.Ordinal);

    /// <summary>All parameters in model order.</summary>
    /// <param name="spec">The decoder.</param>
    /// <param name="score">A score head (reward and process reward models) in place of the output embedding; null for a language model.</param>
    public static IReadOnlyList<ParameterSpec> Of(DecoderSpec spec, ScoreHeadSpec? score = null)
    {
        var list = new List<ParameterSpec> { new(Embedding, new Shape(spec.Vocab, spec.Hidden), true) };
        if (spec.HasLearnedPositions)
        {
            list.Add(new ParameterSpec(Positions, new Shape(spec.MaxPositions, spec.Hidden), true));
        }

        for (int layer = 0; layer < spec.Layers; layer++)
        {
            AddLayer(list, spec, layer);
        }

        AddNorm(list, FinalNorm, spec);
        if (score is not null)
        {
            AddScoreHead(list, spec, score);
        }
        else if (!spec.IsHeadTied)
        {
            list.Add(new ParameterSpec(Head, new Shape(spec.Vocab, spec.Hidden), true));
        }

        return list;
    }

    private static void AddScoreHead(List<ParameterSpec> list, DecoderSpec spec, ScoreHeadSpec score)
    {
        if (score.Hidden > 0)
        {
            AddLinear(list, ScoreHidden, score.Hidden, spec.Hidden, hasBias: true);
        }

        AddLinear(list, Score, score.Labels, score.Hidden > 0 ? score.Hidden : spec.Hidden, score.HasBias);
    }

    private static void AddLayer(List<ParameterSpec> list, DecoderSpec spec, int layer)
    {
        AddNorm(list, OfLayer(layer, "norm1"), spec);
        AddLinear(list, OfLayer(layer, "qkv"), spec.QkvWidth, spec.Hidden, spec.HasQkvBias);
        if (spec.HasQkNorm)
        {
            list.Add(new ParameterSpec(OfLayer(layer, "q_norm.weight"), new Shape(spec.HeadDim), false));
            list.Add(new ParameterSpec(OfLayer(layer, "k_norm.weight"), new Shape(spec.HeadDim), false));
        }

        AddLinear(list, OfLayer(layer, "out"), spec.Hidden, spec.Heads * spec.HeadDim, spec.HasAttentionOutputBias);
        AddNorm(list, OfLayer(layer, "norm2"), spec);
        AddLinear(list, OfLayer(layer, "up"), spec.IsGated ? 2 * spec.Ffn : spec.Ffn, spec.Hidden, spec.HasMlpBias);
        AddLinear(list, OfLayer(layer, "down"), spec.Hidden, spec.Ffn, spec.HasMlpBias);
    }

    private static void AddNorm(List<ParameterSpec> list, string name, DecoderSpec spec)
    {
        list.Add(new ParameterSpec($"{name}.weight", new Shape(spec.Hidden), false));
        if (spec.Norm == NormKind.Layer)
        {
            list.Add(new ParameterSpec($"{name}.bias", new Shape(spec.Hidden), false));
        }
    }

    private static void AddLinear(List<ParameterSpec> list, string name, int rows, int columns, bool hasBias)
    {
        list.Add(new ParameterSpec($"{name}.weight", new Shape(rows, columns), true));
        if (hasBias)
        {
            list.Add(new ParameterSpec($"{name}.bias", new Shape(rows), false));
        }
    }
}
