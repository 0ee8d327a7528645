using System.CommandLine;
using System.Globalization;
using FastAlign.Alignment;
using FastAlign.Cli.Settings;
using FastAlign.Core;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign offline-grpo</c>: policy losses on recorded rollouts.</summary>
internal static class OfflineGrpoCommand
{
    private const string ClipCov = "clip_cov";

    private static readonly IReadOnlyDictionary<string, string> Demo = SampleRun.Demo(("learning_rate", "1e-4"), ("num_train_epochs", "1"), ("eval_size", "100"));

    public static Command Create() => TrainingCommand.Create(
        "offline-grpo",
        "Align a model with recorded rollouts (prompt, completions, rewards) by a policy loss: GRPO and its relatives, PPO's clip, RLOO. Pairs count as rollouts of "
        + "rewards 1 and 0. Without arguments: a small model on a slice of hh-rlhf.",
        Demo,
        [
            .. TrainingSettings.Common("1e-6"),
            .. TrainingSettings.Reference,
            TrainingSettings.Dialect,
            .. LossSettings,
            .. AdvantageSettings,
            .. ShapingSettings,
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
        new("max_completion_length", SettingKind.Whole, "Length that dr_grpo divides by, and at which a penalty for length is whole.", "256"),
        new("loss_agg_mode", SettingKind.Text, "What the sum over tokens is divided by: token-mean, rollout-token-mean, seq-mean-token-mean, seq-mean-token-sum or seq-mean-token-sum-norm; absent: as the loss has it."),
        new("top_entropy_quantile", SettingKind.Number, "Share of tokens, those of largest entropy, that are trained.", "1"),
        new("off_policy_mask_threshold", SettingKind.Number, "Drop sequences of negative advantage that the policy has left by more than this, nats per token; absent: none."),
        new("entropy_coef", SettingKind.Number, "Price of a nat of mean token entropy; 0 for no bonus.", "0"),
        new("entropy_target", SettingKind.Number, "Mean token entropy to hold, nats: the coefficient adapts."),
        new("entropy_coef_delta", SettingKind.Number, "By how much the coefficient moves a step.", "1e-4"),
        new("entropy_coef_min", SettingKind.Number, "Least coefficient, with entropy_target.", "0"),
        new("entropy_coef_max", SettingKind.Number, "Largest coefficient, with entropy_target.", "1"),
        new("sapo_temperature_pos", SettingKind.Number, "sapo: how fast the gate closes where the advantage is above 0.", "1"),
        new("sapo_temperature_neg", SettingKind.Number, "sapo: the same elsewhere.", "1.05"),
        new("vespo_k_pos", SettingKind.Number, "vespo: power of the sequence's ratio where the advantage is at least 0.", "2"),
        new("vespo_lambda_pos", SettingKind.Number, "vespo: decay with the ratio, likewise.", "3"),
        new("vespo_k_neg", SettingKind.Number, "vespo: power of the ratio where the advantage is negative.", "3"),
        new("vespo_lambda_neg", SettingKind.Number, "vespo: decay with the ratio, likewise.", "2"),
        new("clip_cov_ratio", SettingKind.Number, "clip_cov: share of the step's tokens without a gradient.", "0.0002"),
        new("clip_cov_lb", SettingKind.Number, "clip_cov: least covariance of such a token.", "1"),
        new("clip_cov_ub", SettingKind.Number, "clip_cov: largest covariance of such a token.", "5"),
        new("kl_cov_ratio", SettingKind.Number, "kl_cov: share of the step's tokens, those of largest covariance, that pay for their ratio.", "0.0002"),
        new("ppo_kl_coef", SettingKind.Number, "kl_cov: what they pay for a nat.", "1"),
    ];

    private static IReadOnlyList<Setting> AdvantageSettings { get; } =
    [
        new("advantage_estimator", SettingKind.Text, "grpo, rloo, opo, reinforce_plus_plus or reinforce_plus_plus_baseline.", "grpo"),
        new("scale_rewards", SettingKind.Text, "grpo: divide by the deviation of the group, of the batch, or by none.", "group"),
        new("multi_objective_aggregation", SettingKind.Text, "Several rewards: sum_then_normalize, or normalize_then_sum: penalties are then rewards beside them, their prices weights, and bounds hold for each reward.", "sum_then_normalize"),
        new("reward_weights", SettingKind.Text, "Weights of the rewards, separated by commas; 1 each if absent."),
        new("gamma", SettingKind.Number, "reinforce_plus_plus: discount per token.", "1"),
        new("generation_batch_size", SettingKind.Whole, "Rollouts worked through before the next, in file order if shuffle is false; 0: all.", "0"),
        new("num_iterations", SettingKind.Whole, "Visits to each rollout in an epoch.", "1"),
        new("mask_truncated_completions", SettingKind.Flag, "Leave completions that do not end in EOS out of the loss.", "false"),
        new("importance_sampling_mode", SettingKind.Text, "Correction for the sampling engine, if rows have sampling_logps: token_truncate, token_mask, sequence_truncate or sequence_mask.", "sequence_mask"),
        new("importance_sampling_clip_max", SettingKind.Number, "Upper bound of that correction.", "3"),
    ];

    private static IReadOnlyList<Setting> ShapingSettings { get; } =
    [
        new("missing_eos_penalty", SettingKind.Number, "Taken from the reward of completions that do not end in EOS.", "0"),
        new("soft_punish_cache", SettingKind.Whole, "Tokens below max_completion_length over which a penalty for length grows to overlong_penalty_factor; 0: none.", "0"),
        new("overlong_penalty_factor", SettingKind.Number, "Largest penalty for length.", "1"),
        new("reward_clip_range", SettingKind.Words, "Least and largest reward; absent: any."),
        new("kl_coef", SettingKind.Number, "Price of a nat of KL from the reference in the reward, where beta is one in the loss.", "0"),
        new("kl_penalty", SettingKind.Text, "Estimate of the KL in the reward: k1, k2, k3 or abs.", "k1"),
    ];

    private static PolicyOptions Loss(SettingValues values) => new()
    {
        Level = values.Choice("importance_sampling_level", ("token", RatioLevel.Token), ("sequence", RatioLevel.Sequence), ("sequence_token", RatioLevel.SequenceToken)),
        Epsilon = values.Number("epsilon"),
        EpsilonHigh = values.OptionalNumber("epsilon_high"),
        Delta = values.OptionalNumber("delta"),
        DualClip = values.OptionalNumber("dual_clip"),
        Beta = values.Number("beta"),
        KlEstimator = KlEstimators.Parse(values.Text("kl_estimator")!),
        IsKlCorrected = values.Flag("use_bias_correction_kl"),
        MaxCompletionLength = values.Whole("max_completion_length"),
        Aggregation = values.Text("loss_agg_mode") is { } mode ? Normalizer.Parse(mode, values.Whole("max_completion_length")) : null,
        TopEntropyShare = values.Number("top_entropy_quantile"),
        OffPolicyThreshold = values.OptionalNumber("off_policy_mask_threshold"),
        Entropy = values.Number("entropy_coef") == 0 && values.OptionalNumber("entropy_target") is null ? null : new EntropyBonus
        {
            Coefficient = values.Number("entropy_coef"),
            Target = values.OptionalNumber("entropy_target"),
            Delta = values.Number("entropy_coef_delta"),
            Least = values.Number("entropy_coef_min"),
            Most = values.Number("entropy_coef_max"),
        },
        SapoTemperaturePositive = values.Number("sapo_temperature_pos"),
        SapoTemperatureNegative = values.Number("sapo_temperature_neg"),
        VespoKPositive = values.Number("vespo_k_pos"),
        VespoLambdaPositive = values.Number("vespo_lambda_pos"),
        VespoKNegative = values.Number("vespo_k_neg"),
        VespoLambdaNegative = values.Number("vespo_lambda_neg"),
        Covariance = Covariance(values),
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
        Shaping = Shaping(values),
    };

    /// <summary>Of the losses that choose tokens by covariance; null for others, unless one of its options was given in vain.</summary>
    private static CovarianceRule? Covariance(SettingValues values)
    {
        string loss = values.Text("loss_type")!;
        bool isGiven = ((string[])["clip_cov_ratio", "clip_cov_lb", "clip_cov_ub", "kl_cov_ratio", "ppo_kl_coef"]).Any(values.IsGiven);
        return loss is not (ClipCov or "kl_cov") && !isGiven ? null : new CovarianceRule(loss == ClipCov ? CovarianceEffect.Drop : CovarianceEffect.Penalize)
        {
            Share = values.Number(loss == ClipCov ? "clip_cov_ratio" : "kl_cov_ratio"),
            Least = values.Number("clip_cov_lb"),
            Most = values.Number("clip_cov_ub"),
            Penalty = values.Number("ppo_kl_coef"),
        };
    }

    private static RewardShaping Shaping(SettingValues values)
    {
        double[] range = values.Numbers("reward_clip_range");
        return range.Length is not (0 or 2)
            ? throw new InputException($"--reward_clip_range: expected two numbers, the least and the largest reward, found {range.Length}")
            : new RewardShaping
            {
                MissingEosPenalty = values.Number("missing_eos_penalty"),
                OverlongMargin = values.Whole("soft_punish_cache"),
                Longest = values.Whole("max_completion_length"),
                OverlongFactor = values.Number("overlong_penalty_factor"),
                Least = range.Length == 0 ? double.NegativeInfinity : range[0],
                Most = range.Length == 0 ? double.PositiveInfinity : range[1],
                KlCoefficient = values.Number("kl_coef"),
                KlEstimator = values.Choice("kl_penalty", ("k1", KlEstimator.K1), ("k2", KlEstimator.K2), ("k3", KlEstimator.K3), ("abs", KlEstimator.Absolute)),
            };
    }

    private static double Number(string name, string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
        ? value
        : throw new InputException($"--{name.Replace('_', '-')}: expected a number, found {text}");
}
