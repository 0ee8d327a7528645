using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.IO.Datasets;

namespace FastAlign;

/// <summary>Preference pairs without a reference: CPO, SimPO, AlphaPO, SLiC-HF, CPL.</summary>
public sealed record CpoMethod : TrainingMethod
{
    /// <summary>The loss and its options.</summary>
    public CpoOptions Loss { get; init; } = new();

    internal override string Name => "cpo";

    internal override bool NeedsReference => false;

    internal override void Describe(JsonObject settings)
    {
        settings["loss_type"] = Loss.LossType;
        settings["beta"] = Loss.Beta;
        settings["label_smoothing"] = Loss.LabelSmoothing;
        settings["cpo_alpha"] = Loss.LikelihoodWeight;
        settings["simpo_gamma"] = Loss.SimpoGamma;
        settings["alpha"] = Loss.Alpha;
        settings["slic_delta"] = Loss.SlicDelta;
        settings["cpl_bias"] = Loss.ContrastiveBias;
        settings["discount"] = Loss.Discount;
    }

    internal override MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run) => PreferenceRows.Read(rows, tokenizer, run);

    internal override ILoss CreateLoss() => PairLosses.Cpo(Loss);
}
