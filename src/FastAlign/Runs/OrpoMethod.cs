using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.IO.Datasets;

namespace FastAlign;

/// <summary>Preference pairs by odds ratio preference optimisation, which learns to imitate and to prefer at once, without a reference.</summary>
public sealed record OrpoMethod : TrainingMethod
{
    /// <summary>Weight of the odds part, above 0. <c>beta</c></summary>
    public double Beta { get; init; } = 0.1;

    internal override string Name => "orpo";

    internal override bool NeedsReference => false;

    internal override void Describe(JsonObject settings) => settings["beta"] = Beta;

    internal override MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run) => PreferenceRows.Read(rows, tokenizer, run, PreferenceExtra.Prompt);

    internal override ILoss CreateLoss() => PairLosses.Orpo(Beta);
}
