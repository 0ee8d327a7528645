using System.CommandLine;
using FastAlign.Alignment;
using FastAlign.Cli.Settings;
using FastAlign.Core;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign distill</c>: a teacher's whole distributions as targets.</summary>
internal static class DistillCommand
{
    private static readonly IReadOnlyDictionary<string, string> Demo = SampleRun.Demo(("learning_rate", "1e-3"), ("num_train_epochs", "1"), ("eval_size", "100"), ("dataset_text_field", "chosen"));

    public static Command Create() => TrainingCommand.Create(
        "distill",
        "Distil a teacher with the same vocabulary into a model, both in this process. With a teacher alone: the embedded model and texts.",
        Demo,
        [
            .. TrainingSettings.Common("2e-5"),
            new("teacher_model_name_or_path", SettingKind.Text, "Hugging Face folder of the teacher.", ShortName: "teacher"),
            new("loss_type", SettingKind.Text, $"One of {string.Join(", ", DistillationLosses.Names)}.", "gkd"),
            new("beta", SettingKind.Number, "Divergence: 0 is KL(teacher, model), 1 is KL(model, teacher), between them Jensen-Shannon.", "0.5"),
            new("temperature", SettingKind.Number, "Divides the logits of both models.", "1"),
            new("lmbda", SettingKind.Number, "Share of data that the model generates during training; recorded data are 0.", "0"),
            new("seq_kd", SettingKind.Flag, "Train on completions that the teacher generates during training.", "false"),
            new("top_k", SettingKind.Whole, "Compare the most probable tokens only, so many from each side that beta looks at; 0 compares all.", "0"),
            new("add_tail", SettingKind.Flag, "With top_k: keep the rest of the probability as one more token instead of renormalising.", "true"),
            new("distillation_is_clip", SettingKind.Number, "Cap of importance weights against recorded old_logps; none by default."),
            new("iw_opd_gamma", SettingKind.Number, "iw_opd: extra weight of the first token of a sequence.", "1"),
            new("iw_opd_epsilon", SettingKind.Number, "iw_opd: least denominator of that weight.", "1e-8"),
            new("gamma", SettingKind.Number, "minillm: discount of later tokens; 0 looks at the token itself.", "0"),
            new("length_normalization", SettingKind.Flag, "minillm: divide by the discounted length.", "true"),
            new("rkl_advantage", SettingKind.Flag, "minillm: the advantage from the teacher.", "true"),
            new("single_step_decomposition", SettingKind.Flag, "minillm: the exact KL of each token.", "true"),
            new("completion_only_loss", SettingKind.Flag, "Score completions only; by default wherever rows have a prompt."),
            new("dataset_text_field", SettingKind.Text, "Field of language-modelling rows.", "text"),
        ],
        Method);

    private static DistillMethod Method(SettingValues values)
    {
        if (values.Number("lmbda") != 0 || values.Flag("seq_kd"))
        {
            throw new InputException("--lmbda, --seq_kd: expected 0 and false, since distillation trains on recorded data; generate completions first, with fastalign generate");
        }

        return new DistillMethod
        {
            Teacher = values.Text("teacher_model_name_or_path") ?? throw new InputException("--teacher_model_name_or_path: expected the folder of a model, found nothing"),
            LossType = values.Text("loss_type")!,
            Loss = new DistillationOptions
            {
                Beta = values.Number("beta"),
                Temperature = values.Number("temperature"),
                TopK = values.Whole("top_k"),
                HasTail = values.Flag("add_tail"),
                ImportanceCap = values.Text("distillation_is_clip") is null ? null : values.Number("distillation_is_clip"),
                WeightGamma = values.Number("iw_opd_gamma"),
                WeightEpsilon = values.Number("iw_opd_epsilon"),
                MiniLlm = new MiniLlmOptions
                {
                    Gamma = values.Number("gamma"),
                    IsLengthNormalized = values.Flag("length_normalization"),
                    HasReverseKlAdvantage = values.Flag("rkl_advantage"),
                    HasSingleStep = values.Flag("single_step_decomposition"),
                },
            },
            Rows = new SftMethod { IsCompletionOnly = values.OptionalFlag("completion_only_loss"), TextField = values.Text("dataset_text_field")! },
        };
    }
}
