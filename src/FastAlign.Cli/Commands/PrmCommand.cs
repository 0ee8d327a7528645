using System.CommandLine;
using FastAlign.Cli.Settings;
using FastAlign.IO.Datasets;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign prm</c>: process reward models.</summary>
internal static class PrmCommand
{
    public static Command Create() => TrainingCommand.Create(
        "prm",
        "Train a process reward model from rows {\"prompt\", \"completions\": [steps], \"labels\": [one for each step]}.",
        new Dictionary<string, string>(),
        [
            .. TrainingSettings.Common("1e-5"),
            new("step_separator", SettingKind.Text, "Text that ends each step; its last token carries the step's label.", "\n"),
            new("max_completion_length", SettingKind.Whole, "Tokens of the steps; the rest is cut. none leaves them whole.", "none"),
            new("train_on_last_step_only", SettingKind.Flag, "Label the last step only; evaluation labels all.", "false"),
            new("num_labels", SettingKind.Whole, "Classes of a step.", "2"),
        ],
        values => new StepMethod
        {
            Labels = values.Whole("num_labels"),
            Steps = new StepOptions
            {
                Separator = values.Text("step_separator")!,
                MaxCompletionLength = values.OptionalWhole("max_completion_length"),
                IsLastStepOnly = values.Flag("train_on_last_step_only"),
            },
        });
}
