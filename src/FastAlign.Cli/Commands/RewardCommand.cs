using System.CommandLine;
using FastAlign.Alignment;
using FastAlign.Cli.Settings;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign reward</c>: reward, cost and reaction models.</summary>
internal static class RewardCommand
{
    private static readonly IReadOnlyDictionary<string, string> Demo = SampleRun.Demo(("learning_rate", "3e-4"), ("center_rewards_coefficient", "0.01"));

    public static Command Create() => TrainingCommand.Create(
        "reward",
        "Train a reward model from preferences, rankings, labels or safety judgements. Without arguments: a small model on a slice of hh-rlhf.",
        Demo,
        [
            .. TrainingSettings.Common("1e-5"),
            TrainingSettings.Dialect,
            new("loss_type", SettingKind.Text, $"Loss: {string.Join(", ", RewardLosses.Names)}.", "bradley_terry"),
            new("score_token", SettingKind.Text, "Token that carries the score: last (EOS), or before_eos, where TRL and transformers read it if the padding token is EOS.", "last"),
            new("center_rewards_coefficient", SettingKind.Number, "Factor of (r_chosen + r_rejected)^2, which keeps scores around 0.", "0"),
            new("frozen_trunk", SettingKind.Flag, "Train the head alone, on hidden states that are computed once and kept on disk.", "false"),
            new("embedding_cache", SettingKind.Text, "Folder of those hidden states, which runs may share; the run folder by default."),
            new("head_hidden", SettingKind.Whole, "Units of a hidden layer (SiLU) in a new head, which only FastAlign reads; 0 for a linear head. Members of an ensemble share the layer.", "0"),
            new("ensemble", SettingKind.Whole, "Reward models trained together, each on a bootstrap of the rows, as one head of so many scores; eval puts them together.", "1"),
            new("positive_weight", SettingKind.Number, "binary: factor of positive labels.", "1"),
            new("cost_regularization", SettingKind.Number, "cost: factor of the mean squared cost.", "0.001"),
            new("length_coefficient", SettingKind.Number, "odin: factor of the correlations with length.", "1"),
            new("orthogonality_coefficient", SettingKind.Number, "odin: factor of the product of the two heads.", "1"),
            new("contrast_coefficient", SettingKind.Number, "goal_contrast: factor of the contrastive term.", "0.5"),
            new("contrast_samples", SettingKind.Whole, "goal_contrast: positions sampled of each kind.", "16"),
        ],
        values => new RewardMethod
        {
            LossType = values.Text("loss_type")!,
            HasFrozenTrunk = values.Flag("frozen_trunk"),
            EmbeddingCache = values.Text("embedding_cache"),
            HeadHidden = values.Whole("head_hidden"),
            IsScoredBeforeEos = values.Choice("score_token", ("last", false), ("before_eos", true)),
            Loss = new RewardOptions
            {
                Centering = values.Number("center_rewards_coefficient"),
                Members = values.Whole("ensemble"),
                PositiveWeight = values.Number("positive_weight"),
                CostRegularization = values.Number("cost_regularization"),
                LengthCoefficient = values.Number("length_coefficient"),
                OrthogonalityCoefficient = values.Number("orthogonality_coefficient"),
                ContrastCoefficient = values.Number("contrast_coefficient"),
                ContrastSamples = values.Whole("contrast_samples"),
                Dialect = TrainingSettings.DialectOf(values),
            },
        });
}
