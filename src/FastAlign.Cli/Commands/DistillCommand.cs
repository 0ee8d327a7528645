using System.CommandLine;
using FastAlign.Alignment;
using FastAlign.Cli.Settings;
using FastAlign.Core;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign distill</c>: a teacher's whole distributions as targets.</summary>
internal static class DistillCommand
{
    private static readonly IReadOnlyDictionary<string, string> Demo = SampleRun.Demo(("learning_rate", "1e-3"), ("num_train_epochs", "1"), ("eval_size", "100"), ("dataset_text_field", "chosen"));

    private static readonly IReadOnlyList<Setting> Universal =
    [
        new("uld_crossentropy_weight", SettingKind.Number, "uld: factor of the cross-entropy of the data's tokens.", "0"),
        new("uld_distillation_weight", SettingKind.Number, "uld: factor of the distance from the teacher.", "1"),
        new("uld_student_temperature", SettingKind.Number, "uld: divides the model's logits.", "1"),
        new("uld_teacher_temperature", SettingKind.Number, "uld: divides the teacher's logits.", "1"),
        new("uld_skip_student_eos", SettingKind.Flag, "uld: leave out the model's end of sequence.", "true"),
        new("uld_skip_teacher_eos", SettingKind.Flag, "uld: leave out the teacher's end of sequence.", "true"),
        new("use_extended_uld", SettingKind.Flag, "uld: compare tokens that spell the same text; else token by token.", "true"),
        new("uld_token_merge_strategy", SettingKind.Text, "uld: how several tokens become one: bayesian (the last one's distribution) or observed (the first one's).", "bayesian"),
        new("uld_use_hybrid_loss", SettingKind.Flag, "uld: compare common tokens by themselves, by rank only the others.", "false"),
        new("uld_hybrid_matched_weight", SettingKind.Number, "uld, hybrid: factor of common tokens; by default their share of the teacher's vocabulary."),
        new("uld_hybrid_unmatched_weight", SettingKind.Number, "uld, hybrid: factor of the others; by default the rest to 1."),
    ];

    public static Command Create() => TrainingCommand.Create(
        "distill",
        "Distil a teacher into a model, both in this process; with loss_type uld the two may have different tokenizers. With a teacher alone: the embedded model and texts.",
        Demo,
        [
            .. TrainingSettings.Common("2e-5"),
            TrainingSettings.Dialect,
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
            .. Universal,
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
                ImportanceCap = values.OptionalNumber("distillation_is_clip"),
                WeightGamma = values.Number("iw_opd_gamma"),
                WeightEpsilon = values.Number("iw_opd_epsilon"),
                Universal = UniversalOf(values),
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
    private static UniversalOptions UniversalOf(SettingValues values) => new()
    {
        CrossEntropyWeight = values.Number("uld_crossentropy_weight"),
        DistillationWeight = values.Number("uld_distillation_weight"),
        StudentTemperature = values.Number("uld_student_temperature"),
        TeacherTemperature = values.Number("uld_teacher_temperature"),
        SkipsStudentEos = values.Flag("uld_skip_student_eos"),
        SkipsTeacherEos = values.Flag("uld_skip_teacher_eos"),
        IsAligned = values.Flag("use_extended_uld"),
        Merge = values.Choice("uld_token_merge_strategy", ("bayesian", MergeStrategy.Bayesian), ("observed", MergeStrategy.Observed)),
        Dialect = TrainingSettings.DialectOf(values),
        IsHybrid = values.Flag("uld_use_hybrid_loss"),
        MatchedWeight = values.OptionalNumber("uld_hybrid_matched_weight"),
        UnmatchedWeight = values.OptionalNumber("uld_hybrid_unmatched_weight"),
    };
}
