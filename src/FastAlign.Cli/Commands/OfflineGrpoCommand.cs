using System.CommandLine;
using System.Globalization;
using FastAlign.Alignment;
using FastAlign.Cli.Settings;
using FastAlign.Core;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign offline-grpo</c>: policy losses on recorded rollouts.</summary>
internal static class OfflineGrpoCommand
{
    public static Command Create() => TrainingCommand.Create(
        "offline-grpo",
        "Align a model with recorded rollouts (prompt, completions, rewards) by a policy loss: GRPO and its relatives, PPO's clip, RLOO. Needs --dataset.",
        new Dictionary<string, string>(),
        [
            .. TrainingSettings.Common("1e-6"),
            .. TrainingSettings.Reference,
            TrainingSettings.Dialect,
            .. LossSettings,
            .. AdvantageSettings,
        ],
        values => new OfflineGrpoMethod
        {
            LossType = values.Text("loss_type")!,
            Loss = Loss(values),
            Advantages = Advantages(values),
            GenerationBatch = values.Whole("generation_batch_size"),
            Iterations = values.Whole("num_iterations"),
            MasksTruncated = values.Flag("mask_truncated_completions"),
            Importance = values.Choice(
                "importance_sampling_mode",
                ("token_truncate", ImportanceMode.TokenTruncate),
                ("token_mask", ImportanceMode.TokenMask),
                ("sequence_truncate", ImportanceMode.SequenceTruncate),
                ("sequence_mask", ImportanceMode.SequenceMask)),
            ImportanceMost = values.Number("importance_sampling_clip_max"),
        });

    private static IReadOnlyList<Setting> LossSettings { get; } =
    [
        new("loss_type", SettingKind.Text, $"Loss: {string.Join(", ", PolicyLosses.All.Select(info => info.Name))}.", "dapo"),
        new("importance_sampling_level", SettingKind.Text, "What the ratio is the ratio of: token, sequence or sequence_token.", "token"),
        new("epsilon", SettingKind.Number, "Lower clip of the ratio, as a distance from 1.", "0.2"),
        new("epsilon_high", SettingKind.Number, "Upper clip; as the lower one if absent. cispo: the largest weight itself."),
        new("delta", SettingKind.Number, "Cap of the ratio outside the clip; none if absent."),
        new("dual_clip", SettingKind.Number, "Largest loss of a token in units of minus its advantage, where that is negative; absent: as the dialect has it."),
        new("beta", SettingKind.Number, "Price of a nat of KL to the reference; 0 needs no reference.", "0"),
        new("kl_estimator", SettingKind.Text, "Estimate of the KL: k1, k2, k3, abs, k1+ or k3+.", "k3"),
        new("use_bias_correction_kl", SettingKind.Flag, "Multiply the KL by the ratio.", "true"),
        new("max_completion_length", SettingKind.Whole, "Length that dr_grpo divides by.", "256"),
        new("loss_agg_mode", SettingKind.Text, "What the sum over tokens is divided by: token-mean, rollout-token-mean, seq-mean-token-mean, seq-mean-token-sum or seq-mean-token-sum-norm; absent: as the loss has it."),
        new("top_entropy_quantile", SettingKind.Number, "Share of tokens, those of largest entropy, that are trained.", "1"),
        new("off_policy_mask_threshold", SettingKind.Number, "Drop sequences of negative advantage that the policy has left by more than this, nats per token; absent: none."),
        new("entropy_coef", SettingKind.Number, "Price of a nat of mean token entropy; 0 for no bonus.", "0"),
        new("entropy_target", SettingKind.Number, "Mean token entropy to hold, nats: the coefficient adapts."),
        new("entropy_coef_delta", SettingKind.Number, "By how much the coefficient moves a step.", "1e-4"),
    ];

    private static IReadOnlyList<Setting> AdvantageSettings { get; } =
    [
        new("advantage_estimator", SettingKind.Text, "grpo, rloo, opo, reinforce_plus_plus or reinforce_plus_plus_baseline.", "grpo"),
        new("scale_rewards", SettingKind.Text, "grpo: divide by the deviation of the group, of the batch, or by none.", "group"),
        new("multi_objective_aggregation", SettingKind.Text, "Several rewards: sum_then_normalize or normalize_then_sum.", "sum_then_normalize"),
        new("reward_weights", SettingKind.Text, "Weights of the rewards, separated by commas; 1 each if absent."),
        new("gamma", SettingKind.Number, "reinforce_plus_plus: discount per token.", "1"),
        new("generation_batch_size", SettingKind.Whole, "Rollouts worked through before the next, in file order if shuffle is false; 0: all.", "0"),
        new("num_iterations", SettingKind.Whole, "Visits to each rollout in an epoch.", "1"),
        new("mask_truncated_completions", SettingKind.Flag, "Leave completions that do not end in EOS out of the loss.", "false"),
        new("importance_sampling_mode", SettingKind.Text, "Correction for the sampling engine, if rows have sampling_logps: token_truncate, token_mask, sequence_truncate or sequence_mask.", "sequence_mask"),
        new("importance_sampling_clip_max", SettingKind.Number, "Upper bound of that correction.", "3"),
    ];

    private static PolicyOptions Loss(SettingValues values) => new()
    {
        Level = values.Choice("importance_sampling_level", ("token", RatioLevel.Token), ("sequence", RatioLevel.Sequence), ("sequence_token", RatioLevel.SequenceToken)),
        Epsilon = values.Number("epsilon"),
        EpsilonHigh = Optional(values, "epsilon_high"),
        Delta = Optional(values, "delta"),
        DualClip = Optional(values, "dual_clip"),
        Beta = values.Number("beta"),
        KlEstimator = KlEstimators.Parse(values.Text("kl_estimator")!),
        IsKlCorrected = values.Flag("use_bias_correction_kl"),
        MaxCompletionLength = values.Whole("max_completion_length"),
        Aggregation = values.Text("loss_agg_mode") is { } mode ? Normalizer.Parse(mode, values.Whole("max_completion_length")) : null,
        TopEntropyShare = values.Number("top_entropy_quantile"),
        OffPolicyThreshold = Optional(values, "off_policy_mask_threshold"),
        Entropy = values.Number("entropy_coef") == 0 && Optional(values, "entropy_target") is null ? null : new EntropyBonus
        {
            Coefficient = values.Number("entropy_coef"),
            Target = Optional(values, "entropy_target"),
            Delta = values.Number("entropy_coef_delta"),
        },
        Dialect = TrainingSettings.DialectOf(values),
    };

    private static AdvantageOptions Advantages(SettingValues values) => new()
    {
        Estimator = values.Choice(
            "advantage_estimator",
            ("grpo", AdvantageEstimator.Group),
            ("rloo", AdvantageEstimator.LeaveOneOut),
            ("opo", AdvantageEstimator.LengthWeighted),
            ("reinforce_plus_plus", AdvantageEstimator.ReinforcePlusPlus),
            ("reinforce_plus_plus_baseline", AdvantageEstimator.ReinforcePlusPlusBaseline)),
        Scale = values.Choice("scale_rewards", ("group", RewardScale.Group), ("batch", RewardScale.Batch), ("none", RewardScale.None)),
        IsNormalizedFirst = values.Choice("multi_objective_aggregation", ("sum_then_normalize", false), ("normalize_then_sum", true)),
        Weights = [.. (values.Text("reward_weights")?.Split(',') ?? []).Select(text => Number("reward_weights", text))],
        Gamma = values.Number("gamma"),
        Dialect = TrainingSettings.DialectOf(values),
    };

    private static double? Optional(SettingValues values, string name) => values.Text(name) is { } text ? Number(name, text) : null;

    private static double Number(string name, string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
        ? value
        : throw new InputException($"--{name.Replace('_', '-')}: expected a number, found {text}");
}
