using FastAlign.Models;

namespace FastAlign.Workloads;

/// <summary>The steps and rollouts that are benchmarked: at the shape of the embedded sample, where overhead rules, and of a small real model.</summary>
public static class WorkloadPlans
{
    private const int NewTokens = 32;
    private const int DecodePrompt = 64;

    private static readonly int[] Batches = [1, 8, 32];

    /// <summary>Those with enough tokens for a GPU to have work to do.</summary>
    public static IReadOnlyList<WorkloadPlan> Large { get; } =
    [
        Dpo(nameof(ModelShapes.SmolLm135M), ModelShapes.SmolLm135M, new StepSize(2, 128, 128)),
        Dpo(nameof(ModelShapes.SmolLm135M), ModelShapes.SmolLm135M, new StepSize(8, 256, 256)),
        Sft(nameof(ModelShapes.SmolLm135M), ModelShapes.SmolLm135M, new StepSize(16, 0, 512)),
        Decode(nameof(ModelShapes.SmolLm135M), ModelShapes.SmolLm135M, 32),
    ];

    /// <summary>Those of a CPU.</summary>
    /// <param name="isQuick">The small model only.</param>
    public static IReadOnlyList<WorkloadPlan> All(bool isQuick) =>
    [
        Dpo(nameof(ModelShapes.Stories260K), ModelShapes.Stories260K, new StepSize(4, 100, 100)),
        Sft(nameof(ModelShapes.Stories260K), ModelShapes.Stories260K, new StepSize(8, 0, 200)),
        .. Batches.Select(static batch => Decode(nameof(ModelShapes.Stories260K), ModelShapes.Stories260K, batch)),
        .. isQuick ? [] : OfRealModel(),
    ];

    public static WorkloadPlan Dpo(string model, DecoderSpec spec, StepSize size) =>
        new($"dpo/{Lower(model)}-{size}", 2L * size.Examples * (size.Prompt + size.Response), backend => new StepWorkload(backend, spec, StepKind.Dpo, size));

    public static WorkloadPlan Sft(string model, DecoderSpec spec, StepSize size) =>
        new($"sft/{Lower(model)}-{size}", (long)size.Examples * (size.Prompt + size.Response), backend => new StepWorkload(backend, spec, StepKind.Sft, size));

    /// <summary>Samples of one prompt, decoded together.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="spec">The model.</param>
    /// <param name="batch">Samples.</param>
    /// <param name="isBrainFloat">Whether matrices are stored as BF16, where the backend reads that.</param>
    public static WorkloadPlan Decode(string model, DecoderSpec spec, int batch, bool isBrainFloat = false) =>
        new(
            $"decode/{Lower(model)}{(isBrainFloat ? "-bf16" : "")}-batch-{batch}",
            batch * (NewTokens - 1L),
            backend => new DecodeWorkload(backend, spec, batch, DecodePrompt, NewTokens, isBrainFloat));

    private static IEnumerable<WorkloadPlan> OfRealModel() =>
    [
        Dpo(nameof(ModelShapes.SmolLm135M), ModelShapes.SmolLm135M, new StepSize(2, 128, 128)),
        Sft(nameof(ModelShapes.SmolLm135M), ModelShapes.SmolLm135M, new StepSize(2, 0, 256)),
        .. Batches.Select(static batch => Decode(nameof(ModelShapes.SmolLm135M), ModelShapes.SmolLm135M, batch)),
        .. Batches.Select(static batch => Decode(nameof(ModelShapes.SmolLm135M), ModelShapes.SmolLm135M, batch, isBrainFloat: true)),
    ];

    private static string Lower(string name) => name.ToLowerInvariant();
}
