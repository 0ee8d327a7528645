using FastAlign.Models;

namespace FastAlign.IO.Checkpoints;

/// <summary>A model folder in memory. Disposing it frees the weights.</summary>
/// <param name="Folder">Where it was read from: tokenizer files lie there too.</param>
/// <param name="Config">Its <c>config.json</c>.</param>
/// <param name="Spec">The decoder.</param>
/// <param name="Parameters">The weights, on the backend it was loaded to.</param>
/// <param name="Score">The head of a reward model; null for a language model.</param>
/// <param name="Tokens">The special tokens of generation.</param>
public sealed record LoadedModel(string Folder, HfConfig Config, DecoderSpec Spec, ParameterSet Parameters, ScoreHeadSpec? Score, GenerationTokens Tokens) : IDisposable
{
    /// <summary>Whether all matrices are BF16 in the file: then storing them so loses nothing.</summary>
    public bool IsBrainFloatInFile { get; init; }

    public void Dispose() => Parameters.Dispose();
}
