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

    internal override (MethodData Train, MethodData? Evaluation) Annotate(MethodData train, MethodData? evaluation, LoadedModel model, int maxLength)
    {
        Score((RolloutData)train.Data, model, maxLength);
        if (evaluation is not null)
        {
            Score((RolloutData)evaluation.Data, model, maxLength);
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
        bool hasTokenRewards = set.Rows[0].Row.TokenRewards is not null;
        Advantages.Apply(data, [.. set.Rows.Select(at => at.Row.Rewards[at.Place])], hasTokenRewards ? [.. set.Rows.Select(at => at.Row.TokenRewards![at.Place])] : null);
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

    private void Score(RolloutData data, LoadedModel model, int maxLength)
    {
        if (!data.HasOldLogProbs)
        {
            RolloutScores.Fill(data, model, maxLength);
        }

        data.Correct(Importance, 0, ImportanceMost);
    }
}
