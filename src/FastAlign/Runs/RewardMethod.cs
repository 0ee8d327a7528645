using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Datasets;
using FastAlign.Models;

namespace FastAlign;

/// <summary>A reward, cost or reaction model from judged completions. A language model gets a new head; a reward model is trained further.</summary>
public sealed record RewardMethod : TrainingMethod
{
    private const int LargestHeadHidden = 1 << 16;

    /// <summary>One of <see cref="RewardLosses.Names"/>. <c>loss_type</c></summary>
    public string LossType { get; init; } = "bradley_terry";

    /// <summary>Options of the loss.</summary>
    public RewardOptions Loss { get; init; } = new();

    /// <summary>See <see cref="JudgedOptions.IsScoredBeforeEos"/>. <c>score_token</c></summary>
    public bool IsScoredBeforeEos { get; init; }

    /// <summary>Train the head alone, on hidden states of the trunk that are computed once and kept on disk. <c>frozen_trunk</c></summary>
    public bool HasFrozenTrunk { get; init; }

    /// <summary>Folder of those hidden states, which runs may share; null keeps them in the run folder. <c>embedding_cache</c></summary>
    public string? EmbeddingCache { get; init; }

    /// <summary>Units of a hidden layer in a new head (see <see cref="ScoreHead"/>), at most 65536; 0 for a linear one. A head that is there stays as it is. <c>head_hidden</c></summary>
    public int HeadHidden { get; init; }

    internal override string Name => "reward";

    internal override bool IsTrunkFrozen => HasFrozenTrunk;

    internal override string? EmbeddingFolder => EmbeddingCache;

    internal override bool NeedsReference => false;

    internal override void Describe(JsonObject settings)
    {
        settings["loss_type"] = LossType;
        settings["center_rewards_coefficient"] = Loss.Centering;
        settings["positive_weight"] = Loss.PositiveWeight;
        settings["cost_regularization"] = Loss.CostRegularization;
        settings["length_coefficient"] = Loss.LengthCoefficient;
        settings["orthogonality_coefficient"] = Loss.OrthogonalityCoefficient;
        settings["contrast_coefficient"] = Loss.ContrastCoefficient;
        settings["contrast_samples"] = Loss.ContrastSamples;
        settings["frozen_trunk"] = HasFrozenTrunk;
        settings["head_hidden"] = HeadHidden;
        settings["ensemble"] = Loss.Members;
        settings["dialect"] = Loss.Dialect.ToString().ToLowerInvariant();
        settings["score_token"] = IsScoredBeforeEos ? "before_eos" : "last";
    }

    internal override LoadedModel Load(RunOptions run, Backend backend)
    {
        CheckHeadHidden();
        LoadedModel model = HfCheckpoint.Load(run.Model, backend);
        int labels = RewardLosses.Labels(LossType) * Loss.Members;
        if (model.Score is not { } head)
        {
            return NewScoreHead.Attach(model, labels, ScoreHeadKind.SequenceClassification, run.Training.Seed, HeadHidden);
        }

        string? fault = head.Labels != labels ? $"a head of {labels} for loss_type {LossType}, or a language model, found a head of {head.Labels}"
            : HeadHidden > 0 && head.Hidden != HeadHidden ? $"a head with a hidden layer of head_hidden {HeadHidden}, or a language model, found {Kind(head)}"
            : head.Hidden > 0 && IsOdin ? $"a linear head for loss_type {LossType}, found {Kind(head)}"
            : null;
        if (fault is not null)
        {
            model.Dispose();
            throw new InputException($"model_name_or_path: {run.Model}: expected {fault}");
        }

        return model;
    }

    private bool IsOdin => LossType == "odin";

    private static string Kind(ScoreHeadSpec head) => head.Hidden > 0 ? $"one with a hidden layer of {head.Hidden}" : "a linear one";

    /// <summary>ODIN's two heads are directions in the space of hidden states: their norms and their product are terms of the loss.</summary>
    private void CheckHeadHidden()
    {
        if (HeadHidden is < 0 or > LargestHeadHidden)
        {
            throw new InputException($"head_hidden: expected 0 to {LargestHeadHidden}, found {HeadHidden}");
        }

        if (HeadHidden > 0 && IsOdin)
        {
            throw new InputException($"head_hidden: expected 0 with loss_type {LossType}, whose heads are linear, found {HeadHidden}");
        }
    }

    /// <summary>ODIN: the quality head as it was used in training, centred and of unit norm, alone.</summary>
    internal override void Save(string folder, LoadedModel model)
    {
        if (!IsOdin)
        {
            base.Save(folder, model);
            return;
        }

        double[] heads = new double[2 * model.Spec.Hidden];
        model.Parameters.Backend.DownloadReal(model.Parameters[$"{DecoderParameters.Score}.weight"], heads);
        LoadedModel copy = model with { Parameters = model.Parameters.Clone() };
        using LoadedModel quality = NewScoreHead.Attach(copy, 1, ScoreHeadKind.SequenceClassification, OdinLoss.QualityHead(heads));
        base.Save(folder, quality);
    }

    internal override MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run) => Read(rows, tokenizer, run, isTraining: true);

    /// <summary>Every member of an ensemble is evaluated on all examples.</summary>
    internal override MethodData ReadEvaluation(DataRow[] rows, RowTokenizer tokenizer, RunOptions run) => Read(rows, tokenizer, run, isTraining: false);

    private MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run, bool isTraining)
    {
        JudgedShape shape = LossType switch
        {
            "cost" => JudgedShape.SafetyPairs,
            "plackett_luce" => JudgedShape.Rankings,
            "binary" => JudgedShape.Labels,
            _ => JudgedShape.Pairs,
        };
        JudgedDataset set = JudgedDataset.Build(rows, tokenizer, new JudgedOptions { Shape = shape, MaxLength = run.MaxLength, IsScoredBeforeEos = IsScoredBeforeEos });
        var data = new JudgedData(set.Examples)
        {
            Members = isTraining && Loss.Members > 1 ? Loss.Members : 0,
            ContrastSamples = LossType == "goal_contrast" ? Loss.ContrastSamples : 0,
            Seed = run.Training.Seed,
        };
        return new MethodData(data, set.Lint, set.Examples.Max(e => e.Prompt.Length + e.Completions.Max(c => c.Length)), []);
    }

    internal override ILoss CreateLoss() => RewardLosses.Create(LossType, Loss);
}
