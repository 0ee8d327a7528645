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

    /// <summary>A model with a head drawn from a normal distribution of the config's <c>initializer_range</c>, Philox stream (seed, Initialization).</summary>
    /// <param name="model">A language model; disposed, its weights are copied.</param>
    /// <param name="labels">Outputs.</param>
    /// <param name="kind">Where scores are read.</param>
    /// <param name="seed">Of the draw.</param>
    public static LoadedModel Attach(LoadedModel model, int labels, ScoreHeadKind kind, ulong seed)
    {
        double deviation = model.Config.Number("initializer_range", DefaultDeviation);
        var random = new Philox(seed, RandomPurpose.Initialization, 0);
        double[] weights = new double[labels * model.Spec.Hidden];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = deviation * random.Normal((ulong)i);
        }

        return Attach(model, labels, kind, weights);
    }

    /// <summary>A model with the given head. Token classifiers of transformers have a bias, which starts at 0; sequence classifiers have none.</summary>
    /// <param name="model">A language or reward model; disposed, its weights are copied.</param>
    /// <param name="labels">Outputs.</param>
    /// <param name="kind">Where scores are read.</param>
    /// <param name="weights">[labels, C]</param>
    public static LoadedModel Attach(LoadedModel model, int labels, ScoreHeadKind kind, ReadOnlySpan<double> weights)
    {
        using LoadedModel old = model;
        Backend backend = model.Parameters.Backend;
        var head = new ScoreHeadSpec(labels, kind == ScoreHeadKind.TokenClassification);
        var parameters = new ParameterSet(backend, DecoderParameters.Of(model.Spec, labels, head.HasBias));
        foreach (ParameterSpec spec in parameters.Specs)
        {
            if (!spec.Name.StartsWith($"{DecoderParameters.Score}.", StringComparison.Ordinal))
            {
                backend.Ops.Copy(model.Parameters[spec.Name], parameters[spec.Name]);
            }
        }

        backend.UploadReal(weights, parameters[$"{DecoderParameters.Score}.weight"]);
        return model with { Config = Config(model, labels, kind), Parameters = parameters, Score = head };
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
