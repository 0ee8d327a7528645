using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Datasets;

namespace FastAlign;

/// <summary>Distillation from a teacher with the same vocabulary, on recorded texts or completions, by one of <see cref="DistillationLosses"/>.</summary>
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

    internal override TeacherOptions Comparison => DistillationLosses.Comparison(LossType, Loss);

    internal override void Describe(JsonObject settings)
    {
        Rows.Describe(settings);
        settings["loss_type"] = LossType;
        foreach (string option in DistillationLosses.All.First(one => one.Name == LossType).Options)
        {
            settings[option] = Value(option);
        }
    }

    internal override MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run) => Rows.Read(rows, tokenizer, run);

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
        _ => throw new InputException($"{option}: expected an option of distillation"),
    };
}
