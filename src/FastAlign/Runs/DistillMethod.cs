using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Datasets;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign;

/// <summary>Distillation from a teacher, of the same vocabulary but for <c>uld</c>, on recorded texts or completions, by one of <see cref="DistillationLosses"/>.</summary>
public sealed record DistillMethod : TrainingMethod
{
    /// <summary>Hugging Face folder of the teacher. <c>teacher_model_name_or_path</c></summary>
    public required string Teacher { get; init; }

    /// <summary>One of <see cref="DistillationLosses.Names"/>. <c>loss_type</c></summary>
    public string LossType { get; init; } = "gkd";

    /// <summary>Options of the loss.</summary>
    public DistillationOptions Loss { get; init; } = new();

    /// <summary>How rows are read: as for supervised fine-tuning.</summary>
    public SftMethod Rows { get; init; } = new();

    internal override string Name => "distill";

    internal override bool NeedsReference => false;

    internal override string? TeacherFolder => Teacher;

    internal override bool SharesVocabulary => LossType != DistillationLosses.Universal;

    internal override void Describe(JsonObject settings)
    {
        Rows.Describe(settings);
        settings["loss_type"] = LossType;
        foreach (string option in DistillationLosses.All.First(one => one.Name == LossType).Options)
        {
            settings[option] = Value(option);
        }
    }

    internal override MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run) => SharesVocabulary
        ? Rows.Read(rows, tokenizer, run)
        : new CrossTokenizerRows(tokenizer, new RowTokenizer(Tokenizer.Load(Teacher)), Rows, Loss.Universal).Read(rows, run);

    internal override Teacher CreateTeacher(DecoderModel teacher, Tokenizer teacherTokenizer, DecoderSpec policy, Tokenizer policyTokenizer)
    {
        if (SharesVocabulary)
        {
            return new VocabularyTeacher(teacher, DistillationLosses.Comparison(LossType, Loss));
        }

        var matched = new List<(int Student, int Teacher)>();
        for (int id = 0; id < policy.Vocab; id++)
        {
            if (policyTokenizer.IdToToken(id) is { } token && teacherTokenizer.TokenToId(token) is { } same && same < teacher.Spec.Vocab)
            {
                matched.Add((id, same));
            }
        }

        var distance = new UniversalDistance(policy.Vocab, teacher.Spec.Vocab, matched, Loss.Universal, Loss.Beta);
        return new CrossTokenizerTeacher(teacher, policy.Head, distance, Loss.Universal);
    }

    internal override ILoss CreateLoss() => DistillationLosses.Create(LossType, Loss);

    private JsonNode? Value(string option) => option switch
    {
        "beta" => Loss.Beta,
        "temperature" => Loss.Temperature,
        "top_k" => Loss.TopK,
        "add_tail" => Loss.HasTail,
        "distillation_is_clip" => Loss.ImportanceCap,
        "iw_opd_gamma" => Loss.WeightGamma,
        "iw_opd_epsilon" => Loss.WeightEpsilon,
        "gamma" => Loss.MiniLlm.Gamma,
        "length_normalization" => Loss.MiniLlm.IsLengthNormalized,
        "rkl_advantage" => Loss.MiniLlm.HasReverseKlAdvantage,
        "single_step_decomposition" => Loss.MiniLlm.HasSingleStep,
        "uld_crossentropy_weight" => Loss.Universal.CrossEntropyWeight,
        "uld_distillation_weight" => Loss.Universal.DistillationWeight,
        "uld_student_temperature" => Loss.Universal.StudentTemperature,
        "uld_teacher_temperature" => Loss.Universal.TeacherTemperature,
        "uld_skip_student_eos" => Loss.Universal.SkipsStudentEos,
        "uld_skip_teacher_eos" => Loss.Universal.SkipsTeacherEos,
        "use_extended_uld" => Loss.Universal.IsAligned,
        "uld_token_merge_strategy" => Loss.Universal.Merge.ToString().ToLowerInvariant(),
        "dialect" => Loss.Universal.Dialect.ToString().ToLowerInvariant(),
        "uld_use_hybrid_loss" => Loss.Universal.IsHybrid,
        "uld_hybrid_matched_weight" => Loss.Universal.MatchedWeight,
        "uld_hybrid_unmatched_weight" => Loss.Universal.UnmatchedWeight,
        _ => throw new InputException($"{option}: expected an option of distillation"),
    };
}
