using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.IO.Datasets;

namespace FastAlign;

/// <summary>Preference pairs with a demonstration beside each (field <c>reference</c>) by triple preference optimisation, without a reference policy.</summary>
public sealed record TpoMethod : TrainingMethod
{
    /// <summary>The loss and its options.</summary>
    public TpoOptions Loss { get; init; } = new();

    internal override string Name => "tpo";

    internal override bool NeedsReference => false;

    internal override void Describe(JsonObject settings)
    {
        settings["loss_type"] = Loss.LossType;
        settings["beta"] = Loss.Beta;
        settings["label_smoothing"] = Loss.LabelSmoothing;
        settings["tpo_alpha"] = Loss.LikelihoodWeight;
        settings["tpo_l_gamma"] = Loss.Gamma;
    }

    internal override MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run) => PreferenceRows.Read(rows, tokenizer, run, PreferenceExtra.Demonstration);

    internal override ILoss CreateLoss() => PairLosses.Tpo(Loss);
}
