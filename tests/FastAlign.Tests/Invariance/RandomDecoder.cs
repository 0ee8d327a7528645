using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Tests.Invariance;

/// <summary>Tiny decoders of every kind with random weights, and random forests for them.</summary>
internal static class RandomDecoder
{
    public const int Vocab = 13;
    public const int Positions = 24;

    private static readonly DecoderSpec Plain = new()
    {
        ModelType = "llama",
        Layers = 2,
        Hidden = 8,
        Heads = 4,
        KvHeads = 2,
        HeadDim = 4,
        Ffn = 10,
        Vocab = Vocab,
        MaxPositions = Positions,
        Rotary = new RotarySpec([1, 0.3]),
        AttentionScale = 0.5f,
    };

    /// <summary>Names of <see cref="Spec"/>.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["rms-gated", "tied", "qk-norm", "biases", "window", "layer-norm", "layer-norm-gated", "capped-interleaved"];

    public static DecoderSpec Spec(string kind) => kind switch
    {
        "rms-gated" => Plain,
        "tied" => Plain with { IsHeadTied = true, KvHeads = 4, Activation = Activation.GeluTanh },
        "qk-norm" => Plain with { HasQkNorm = true },
        "biases" => Plain with { HasQkvBias = true, HasAttentionOutputBias = true, HasMlpBias = true, KvHeads = 1 },
        "window" => Plain with { Windows = [3, 0] },
        "layer-norm" => Plain with
        {
            ModelType = "gpt2",
            Norm = NormKind.Layer,
            IsGated = false,
            Activation = Activation.GeluTanh,
            Rotary = null,
            HasLearnedPositions = true,
            HasQkvBias = true,
            HasAttentionOutputBias = true,
            HasMlpBias = true,
            IsHeadTied = true,
        },
        "layer-norm-gated" => Plain with { Norm = NormKind.Layer, HasQkNorm = true, Rotary = new RotarySpec([0.7], Factor: 1.2) },
        "capped-interleaved" => Plain with { Head = new HeadSpec(0.7f, 3), Rotary = new RotarySpec([1, 0.3], RotaryPairing.Interleaved), Activation = Activation.Gelu },
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>Normal weights of standard deviation 0.4; norms around 1.</summary>
    public static ParameterSet Weights(DecoderSpec spec, Backend backend, ulong seed, int labels = 0, int headHidden = 0)
    {
        var set = new ParameterSet(backend, DecoderParameters.Of(spec, labels > 0 ? new ScoreHeadSpec(labels, true, headHidden) : null));
        for (int k = 0; k < set.Specs.Count; k++)
        {
            ParameterSpec parameter = set.Specs[k];
            double mean = parameter.Name.Contains("norm", StringComparison.Ordinal) && parameter.Name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0;
            backend.UploadReal(Normals(parameter.Shape.Length, seed, k, 0.4, mean), set[parameter.Name]);
        }

        return set;
    }

    public static double[] Normals(long length, ulong seed, int stream, double scale = 1, double mean = 0)
    {
        var philox = new Philox(seed, RandomPurpose.Test, (ulong)stream);
        double[] values = new double[length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = mean + (scale * philox.Normal((ulong)i));
        }

        return values;
    }

    /// <summary>Pairs with prompts of uneven length.</summary>
    public static PreferenceExample[] Pairs(int count)
    {
        var pairs = new PreferenceExample[count];
        for (int i = 0; i < count; i++)
        {
            pairs[i] = new PreferenceExample(i, Ids(1 + (3 * i), 10 * i), Ids(4 + (i % 2), (10 * i) + 1), Ids(2 + i, (10 * i) + 2));
        }

        return pairs;
    }

    /// <summary>Ids over the whole vocabulary.</summary>
    public static int[] Ids(int length, int stream)
    {
        var philox = new Philox(17, RandomPurpose.Test, (ulong)stream);
        int[] ids = new int[length];
        for (int i = 0; i < length; i++)
        {
            ids[i] = philox.Integer((ulong)i, Vocab);
        }

        return ids;
    }

    /// <summary>Two trees: a root with a child and two grandchildren, one of them empty, and a root alone. All tokens with a predecessor are scored.</summary>
    public static TokenBatch Forest()
    {
        var builder = new TokenBatchBuilder();
        int[] parents = [-1, 0, 1, 1, 0, -1];
        int[] lengths = [5, 3, 4, 0, 6, 7];
        for (int s = 0; s < parents.Length; s++)
        {
            builder.AddSegment(Ids(lengths[s], 100 + s), parents[s]);
            builder.ScoreFrom(s, parents[s] < 0 ? 1 : 0);
            builder.EndSequence();
        }

        return builder.Build();
    }
}
