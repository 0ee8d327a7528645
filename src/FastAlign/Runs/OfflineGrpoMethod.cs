using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Datasets;
using FastAlign.Models;

namespace FastAlign;

/// <summary>Policy losses on recorded rollouts. Old log-probs that the file lacks are those of the model that training starts from.</summary>
public sealed record OfflineGrpoMethod : TrainingMethod
{
    private const int ShownPrompts = 2;

    /// <summary>One of <see cref="PolicyLosses.All"/>. <c>loss_type</c></summary>
    public string LossType { get; init; } = "dapo";

    /// <summary>Options of the loss.</summary>
    public PolicyOptions Loss { get; init; } = new();

    /// <summary>How rewards become advantages.</summary>
    public AdvantageOptions Advantages { get; init; } = new();

    /// <summary>Rollouts worked through before the next; 0 makes one batch of all. <c>generation_batch_size</c></summary>
    public int GenerationBatch { get; init; }

    /// <summary>Visits to each rollout in an epoch. <c>num_iterations</c></summary>
    public int Iterations { get; init; } = 1;

    /// <summary>Leave completions that do not end in EOS out of the loss. <c>mask_truncated_completions</c></summary>
    public bool MasksTruncated { get; init; }

    /// <summary>How the ratio to the sampling engine enters, where the rows have its log-probs. <c>importance_sampling_mode</c></summary>
    public ImportanceMode Importance { get; init; } = ImportanceMode.SequenceMask;

    /// <summary>Upper bound of that ratio. <c>importance_sampling_clip_max</c></summary>
    public double ImportanceMost { get; init; } = 3;

    internal override string Name => "offline-grpo";

    internal override bool NeedsReference => Loss.Beta > 0;

    internal override void Describe(JsonObject settings)
    {
        // Records print all their values: whatever changes the result changes the text.
        settings["loss_type"] = LossType;
        settings["loss"] = Loss.ToString();
        settings["advantages"] = (Advantages with { Weights = [] }).ToString();
        settings["reward_weights"] = string.Join(' ', Advantages.Weights);
        settings["generation_batch_size"] = GenerationBatch;
        settings["num_iterations"] = Iterations;
        settings["mask_truncated_completions"] = MasksTruncated;
        settings["importance_sampling_mode"] = Importance.ToString();
        settings["importance_sampling_clip_max"] = ImportanceMost;
    }

    internal override MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run) => Read(rows, tokenizer, run, Iterations);

    internal override MethodData ReadEvaluation(DataRow[] rows, RowTokenizer tokenizer, RunOptions run) => Read(rows, tokenizer, run, 1);

    internal override (MethodData Train, MethodData? Evaluation) Annotate(
        MethodData train, MethodData? evaluation, LoadedModel model, int maxLength, RunOptions run)
    {
        bool isOther = Advantages.Shaping.KlCoefficient > 0 && run.Reference.Model is not null;
        using LoadedModel? other = isOther ? HfCheckpoint.Load(run.Reference.Model!, model.Parameters.Backend) : null;
        foreach (MethodData? part in (MethodData?[])[train, evaluation])
        {
            if (part is not null)
            {
                Complete((RolloutData)part.Data, model, other ?? model, maxLength);
            }
        }

        return (train, evaluation);
    }

    internal override ILoss CreateLoss() => PolicyLosses.Create(LossType, Loss);

    private MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run, int iterations)
    {
        if (GenerationBatch < 0 || iterations < 1)
        {
            throw new InputException($"generation_batch_size, num_iterations: expected at least 0 and 1, found {GenerationBatch} and {iterations}");
        }

        RolloutDataset set = RolloutDataset.Build(rows, tokenizer, run.MaxLength, MasksTruncated);
        var data = new RolloutData(set.Examples, GenerationBatch, iterations);
        for (int i = 0; i < set.Rows.Length && set.Rows[0].Row.OldLogProbs is not null; i++)
        {
            data.SetOldLogProbs(i, set.Rows[i].Row.OldLogProbs![set.Rows[i].Place]);
        }

        int longest = set.Examples.Max(e => e.Prompt.Length + e.Completion.Length);
        int[][] prompts = [.. set.Examples.DistinctBy(e => e.Group).Take(ShownPrompts).Select(e => e.Prompt)];
        return new MethodData(data, set.Lint, longest, prompts)
        {
            Completions = MasksTruncated ? null : i => [new Completion(data.Rollouts[data.RolloutOf(i)].Prompt, data.Rollouts[data.RolloutOf(i)].Completion)],
        };
    }

    /// <summary>What needs a model: old log-probs that the file lacks, the KL in the reward, and so the advantages; then the correction for the engine that sampled.</summary>
    private void Complete(RolloutData data, LoadedModel model, LoadedModel reference, int maxLength)
    {
        if (!data.HasOldLogProbs)
        {
            double[][] old = RolloutScores.Of(data, model, maxLength);
            for (int i = 0; i < old.Length; i++)
            {
                data.SetOldLogProbs(i, old[i]);
            }
        }

        Advantages.Apply(data, Advantages.Shaping.KlCoefficient > 0 ? RolloutScores.Of(data, reference, maxLength) : null);
        data.Correct(Importance, 0, ImportanceMost);
    }
}
