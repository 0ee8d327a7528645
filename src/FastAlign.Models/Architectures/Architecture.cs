using System.Text.Json;
using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>A Hugging Face model family: how to read its config, and which checkpoint tensor is which parameter.</summary>
/// <param name="ModelType"><c>model_type</c> in <c>config.json</c>.</param>
/// <param name="ReadSpec">Config to spec; throws <see cref="InputException"/> naming the key that is missing or not supported.</param>
/// <param name="Tensors">The tensors of a checkpoint, complete, in the order in which they are saved.</param>
public sealed record Architecture(string ModelType, Func<HfConfig, DecoderSpec> ReadSpec, Func<DecoderSpec, ScoreHeadSpec?, IReadOnlyList<CheckpointTensor>> Tensors)
{
    /// <summary>Every family the engine knows. A new one is a file beside this one and a line here.</summary>
    public static IReadOnlyList<Architecture> All { get; } = [LlamaFamily.Llama, LlamaFamily.Mistral, LlamaFamily.Qwen2, LlamaFamily.Qwen3, Gpt2.Architecture];

    /// <summary>The family of a config.</summary>
    /// <exception cref="InputException">The family is unknown; the message lists those that are known.</exception>
    public static Architecture Of(HfConfig config)
    {
        string modelType = config.String("model_type");
        return All.FirstOrDefault(a => a.ModelType == modelType)
            ?? throw new InputException($"{config.Source}: model_type: expected one of {string.Join(", ", All.Select(a => a.ModelType))}, found {modelType}");
    }
}

/// <summary>
/// A head on the final norm in place of the output embedding, linear or with one hidden layer: reward models (1 label), process reward models (2). For its
/// formula see <see cref="ScoreHead"/>.
/// </summary>
/// <param name="Labels">Outputs per token.</param>
/// <param name="HasBias">Whether the outputs have a bias.</param>
/// <param name="Hidden">H, units of the hidden layer; 0 for a linear head. The classifiers of transformers are all linear.</param>
public sealed record ScoreHeadSpec(int Labels, bool HasBias, int Hidden = 0);
