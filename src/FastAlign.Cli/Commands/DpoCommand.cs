using System.CommandLine;
using FastAlign.Alignment;
using FastAlign.Cli.Settings;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign dpo</c>: direct preference optimisation.</summary>
internal static class DpoCommand
{
    // Chosen on held-out pairs of the sample: higher rates and more epochs fit the training pairs and lose on the others.
    private static readonly Dictionary<string, string> Demo = new()
    {
        ["learning_rate"] = "1e-4",
        ["beta"] = "0.05",
        ["num_train_epochs"] = "2",
        ["per_device_train_batch_size"] = "8",
        ["max_length"] = "384",
        ["eval_size"] = "200",
        ["eval_steps"] = "40",
    };

    public static Command Create() => TrainingCommand.Create(
        "dpo",
        "Align a model with preference pairs by direct preference optimisation. Without arguments: a small model on a slice of hh-rlhf.",
        Demo,
        [
            .. TrainingSettings.Common("1e-6"),
            .. TrainingSettings.Reference,
            TrainingSettings.Dialect,
            new("beta", SettingKind.Number, "Inverse temperature: larger keeps the policy nearer to the reference.", "0.1"),
            new("label_smoothing", SettingKind.Number, "Probability that a label is wrong, in [0, 0.5).", "0"),
        ],
        values => new DpoMethod
        {
            Loss = new DpoOptions
            {
                Beta = values.Number("beta"),
                LabelSmoothing = values.Number("label_smoothing"),
                Dialect = TrainingSettings.DialectOf(values),
            },
        });
}
