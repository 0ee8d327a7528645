using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.IO.Checkpoints;

/// <summary>Puts a score head in place of a language model's output embedding, as <c>AutoModelForSequenceClassification</c> does, config included.</summary>
public static class NewScoreHead
{
    private const double DefaultDeviation = 0.02;

    /// <summary>
    /// A model with a head drawn from normal distributions: <c>score.weight</c> of the config's <c>initializer_range</c>, Philox stream (seed, Initialization, 0),
    /// so that scores start near 0; a hidden layer of deviation <c>sqrt(2 / C)</c> (He et al., 2015), which keeps the size of its input, stream 1. Biases start at 0.
    /// </summary>
    /// <param name="model">A language model; disposed, its weights are copied.</param>
    /// <param name="labels">Outputs.</param>
    /// <param name="kind">Where scores are read.</param>
    /// <param name="seed">Of the draw.</param>
    /// <param name="hidden">Units of the hidden layer; 0 for a linear head, as transformers has it.</param>
    public static LoadedModel Attach(LoadedModel model, int labels, ScoreHeadKind kind, ulong seed, int hidden = 0)
    {
        int width = model.Spec.Hidden;
        double deviation = model.Config.Number("initializer_range", DefaultDeviation);
        double[] weights = Draw(labels * (hidden > 0 ? hidden : width), deviation, seed, stream: 0);
        LoadedModel attached = Attach(model, Head(labels, kind) with { Hidden = hidden }, kind, weights);
        if (hidden > 0)
        {
            double[] first = Draw(hidden * width, Math.Sqrt(2.0 / width), seed, stream: 1);
            attached.Parameters.Backend.UploadReal(first, attached.Parameters[$"{DecoderParameters.ScoreHidden}.weight"]);
        }

        return attached;
    }

    /// <summary>A model with the given linear head.</summary>
    /// <param name="model">A language or reward model; disposed, its weights are copied.</param>
    /// <param name="labels">Outputs.</param>
    /// <param name="kind">Where scores are read.</param>
    /// <param name="weights">[labels, C]</param>
    public static LoadedModel Attach(LoadedModel model, int labels, ScoreHeadKind kind, ReadOnlySpan<double> weights) =>
        Attach(model, Head(labels, kind), kind, weights);

    /// <summary>Token classifiers of transformers have a bias, which starts at 0; sequence classifiers have none.</summary>
    private static ScoreHeadSpec Head(int labels, ScoreHeadKind kind) => new(labels, kind == ScoreHeadKind.TokenClassification);

    private static LoadedModel Attach(LoadedModel model, ScoreHeadSpec head, ScoreHeadKind kind, ReadOnlySpan<double> weights)
    {
        using LoadedModel old = model;
        Backend backend = model.Parameters.Backend;
        var parameters = new ParameterSet(backend, DecoderParameters.Of(model.Spec, head));
        foreach (ParameterSpec spec in parameters.Specs)
        {
            if (!DecoderParameters.IsOfScoreHead(spec.Name))
            {
                backend.Ops.Copy(model.Parameters[spec.Name], parameters[spec.Name]);
            }
        }

        backend.UploadReal(weights, parameters[$"{DecoderParameters.Score}.weight"]);
        return model with { Config = Config(model, head.Labels, kind), Parameters = parameters, Score = head };
    }

    private static double[] Draw(int count, double deviation, ulong seed, ulong stream)
    {
        var random = new Philox(seed, RandomPurpose.Initialization, stream);
        double[] values = new double[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = deviation * random.Normal((ulong)i);
        }

        return values;
    }

    private static HfConfig Config(LoadedModel model, int labels, ScoreHeadKind kind)
    {
        JsonObject config = JsonObject.Create(model.Config.Root)!;
        config["architectures"] = new JsonArray($"{Stem(model.Config)}For{kind}");
        config["num_labels"] = labels;
        config["id2label"] = new JsonObject(Enumerable.Range(0, labels).Select(i => KeyValuePair.Create(Text(i), (JsonNode?)$"LABEL_{Text(i)}")));
        config["label2id"] = new JsonObject(Enumerable.Range(0, labels).Select(i => KeyValuePair.Create($"LABEL_{Text(i)}", (JsonNode?)i)));
        if (!model.Config.Has("pad_token_id") && model.Tokens.End is [int end, ..])
        {
            // transformers refuses to classify a batch without it.
            config["pad_token_id"] = end;
        }

        using JsonDocument document = JsonDocument.Parse(config.ToJsonString());
        return new HfConfig(model.Config.Source, document.RootElement);
    }

    /// <summary>The class name without its head: LlamaForCausalLM and GPT2LMHeadModel give Llama and GPT2.</summary>
    private static string Stem(HfConfig config)
    {
        string name = config.Strings("architectures") is [string first, ..] ? first : throw config.Bad("architectures", "the name of a model class");
        int end = name.IndexOf("For", StringComparison.Ordinal);
        end = end < 0 ? name.IndexOf("LMHead", StringComparison.Ordinal) : end;
        return end > 0 ? name[..end] : throw config.Bad("architectures", "a name like LlamaForCausalLM");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Which class of transformers reads the head.</summary>
public enum ScoreHeadKind
{
    /// <summary>One row a sequence.</summary>
    SequenceClassification,

    /// <summary>Every token.</summary>
    TokenClassification,
}
