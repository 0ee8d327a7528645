using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>One parameter of a model, as the model uses it: linear weights are [out, in], projections that are multiplied together are stored together.</summary>
/// <param name="Name">Our name, e.g. <c>layers.0.qkv.weight</c>.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Decays">Whether AdamW's weight decay applies. Rule of the Hugging Face Trainer: not to norms and biases.</param>
public sealed record ParameterSpec(string Name, Shape Shape, bool Decays)
{
    /// <summary>Stored as BF16 instead of the backend's type: only matrices of models that stand still, for those ops that widen what they read.</summary>
    public bool IsBrainFloat { get; init; }

    /// <summary>The same parameters with their matrices (all that decays is one) stored as BF16, or none of them.</summary>
    public static IReadOnlyList<ParameterSpec> Store(IReadOnlyList<ParameterSpec> specs, bool asBrainFloat) =>
        [.. specs.Select(spec => spec with { IsBrainFloat = asBrainFloat && spec.Decays })];
}

/// <summary>One tensor of a checkpoint: rows of one of our parameters.</summary>
/// <param name="Name">Name in the checkpoint, e.g. <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
/// <param name="Parameter">Name of the parameter that holds it.</param>
/// <param name="FirstRow">First row there.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="IsTransposed">The file stores [in, out] (GPT-2's Conv1D).</param>
public sealed record CheckpointTensor(string Name, string Parameter, int FirstRow, int Rows, bool IsTransposed = false);
