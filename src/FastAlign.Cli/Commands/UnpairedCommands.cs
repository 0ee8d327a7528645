using System.CommandLine;
using FastAlign.Alignment;
using FastAlign.Cli.Settings;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign kto</c>, <c>bco</c> and <c>dro</c>: alignment from completions that are judged one by one. Pairs are taken apart.</summary>
internal static class UnpairedCommands
{
    private static readonly IReadOnlyDictionary<string, string> Demo = SampleRun.Demo(("learning_rate", "1e-4"), ("eval_steps", "80"));

    private static readonly Setting Beta = new("beta", SettingKind.Number, "Inverse temperature: larger keeps the policy nearer to the reference.", "0.1");

    public static Command Kto() => TrainingCommand.Create(
        "kto",
        "Align a model with completions marked good or bad by Kahneman-Tversky optimisation. Without arguments: a small model on a slice of hh-rlhf.",
        Demo,
        [
            .. TrainingSettings.Common("1e-6"),
            .. TrainingSettings.Reference,
            TrainingSettings.Dialect,
            new("loss_type", SettingKind.Text, "kto, apo_zero_unpaired, feedback (bandit feedback on recorded actions) or nft (negative-aware fine-tuning).", "kto"),
            Beta,
            new("desirable_weight", SettingKind.Number, "Factor of the loss of desirable completions.", "1"),
            new("undesirable_weight", SettingKind.Number, "Factor of the loss of undesirable completions.", "1"),
            new("kl_scope", SettingKind.Text, "What kto estimates its KL over: step, or micro_batch as TRL does.", "step"),
            new("max_importance_weight", SettingKind.Number, "feedback: largest importance weight of a negative signal.", "1"),
            new("epsilon", SettingKind.Number, "nft: least likelihood ratio of the implicit negative policy, in (0, 1].", "1"),
            new("negative_weight", SettingKind.Number, "nft: factor of the part of wrong answers, in [0, 1]; 0 is rejection fine-tuning.", "1"),
            new("pass_rate_weight", SettingKind.Text, "nft: weight of a prompt by its share q of right answers: failure_rate (1-q), grpo (sqrt((1-q)/q)) or none.", "failure_rate"),
        ],
        values => new UnpairedMethod
        {
            LossType = values.Choice("loss_type", ("kto", "kto"), ("apo_zero_unpaired", "apo_zero_unpaired"), ("feedback", "feedback"), ("nft", "nft")),
            Loss = new UnpairedOptions
            {
                Beta = values.Number("beta"),
                DesirableWeight = values.Number("desirable_weight"),
                UndesirableWeight = values.Number("undesirable_weight"),
                KlScope = values.Choice("kl_scope", ("step", KlScope.Step), ("micro_batch", KlScope.MicroBatch)),
                Dialect = TrainingSettings.DialectOf(values),
                MaxImportanceWeight = values.Number("max_importance_weight"),
                Epsilon = values.Number("epsilon"),
                NegativeWeight = values.Number("negative_weight"),
                PassRateWeight = values.Choice(
                    "pass_rate_weight", ("failure_rate", PassRateWeight.FailureRate), ("grpo", PassRateWeight.Grpo), ("none", PassRateWeight.None)),
            },
        });

    public static Command Bco() => TrainingCommand.Create(
        "bco",
        "Align a model with completions marked good or bad by binary classifier optimisation. Without arguments: a small model on a slice of hh-rlhf.",
        Demo,
        [
            .. TrainingSettings.Common("5e-7"),
            .. TrainingSettings.Reference,
            Beta,
            new("udm", SettingKind.Flag, "Weigh undesirable completions by how likely their prompts come with desirable ones (underlying distribution matching).", "false"),
            new("min_density_ratio", SettingKind.Number, "udm: least weight.", "0.5"),
            new("max_density_ratio", SettingKind.Number, "udm: largest weight.", "10"),
        ],
        values => new UnpairedMethod
        {
            LossType = "bco",
            Loss = new UnpairedOptions
            {
                Beta = values.Number("beta"),
                HasDensityRatio = values.Flag("udm"),
                MinDensityRatio = values.Number("min_density_ratio"),
                MaxDensityRatio = values.Number("max_density_ratio"),
            },
        });

    public static Command Dro() => TrainingCommand.Create(
        "dro",
        "Align a model with completions that have a reward by direct reward optimisation. Without arguments: a small model on a slice of hh-rlhf.",
        Demo,
        [
            .. TrainingSettings.Common("1e-6"),
            .. TrainingSettings.Reference,
            new("tau", SettingKind.Number, "Pull towards the reference, in units of reward per nat.", "1"),
            new("value_network", SettingKind.Flag, "Train a network beside the model that values prompts; else the mean of the step stands for values.", "true"),
            new("value_model", SettingKind.Text, "Hugging Face folder that the value network starts from; by default the model's own."),
            new("value_learning_rate_ratio", SettingKind.Number, "Factor of the learning rate for the value network.", "1"),
        ],
        values => new UnpairedMethod
        {
            LossType = "dro",
            Loss = new UnpairedOptions { Tau = values.Number("tau"), HasValueNetwork = values.Flag("value_network") },
            ValueModel = values.Text("value_model"),
            ValueRateRatio = values.Number("value_learning_rate_ratio"),
        });
}
