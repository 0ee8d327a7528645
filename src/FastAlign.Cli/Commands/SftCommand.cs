using System.CommandLine;
using FastAlign.Cli.Settings;
using FastAlign.IO.Datasets;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign sft</c>: supervised fine-tuning.</summary>
internal static class SftCommand
{
    private static readonly IReadOnlyDictionary<string, string> Demo = SampleRun.Demo(("learning_rate", "1e-3"), ("eval_size", "100"), ("dataset_text_field", "chosen"));

    public static Command Create() => TrainingCommand.Create(
        "sft",
        "Fine-tune a model on texts or on prompts with completions. Without arguments: a small model on the chosen dialogues of hh-rlhf.",
        Demo,
        [
            .. TrainingSettings.Common("2e-5"),
            new("loss_type", SettingKind.Text, "Loss: nll, or dft (each token's loss times its probability, which holds back rare tokens).", "nll"),
            new("completion_only_loss", SettingKind.Flag, "Score completions only; by default wherever rows have a prompt."),
            new("packing_strategy", SettingKind.Text, "Pack short rows into max_length: none, bfd (best fit), bfd_split or wrapped.", "none"),
            new("dataset_text_field", SettingKind.Text, "Field of language-modelling rows.", "text"),
        ],
        values => new SftMethod
        {
            LossType = values.Text("loss_type")!,
            IsCompletionOnly = values.OptionalFlag("completion_only_loss"),
            Packing = values.Choice(
                "packing_strategy", ("none", PackingStrategy.None), ("bfd", PackingStrategy.BestFit), ("bfd_split", PackingStrategy.BestFitSplit), ("wrapped", PackingStrategy.Wrapped)),
            TextField = values.Text("dataset_text_field")!,
        });
}
