using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.IO.Datasets;
using FastAlign.Models;

namespace FastAlign;

/// <summary>Preference pairs by direct preference optimisation.</summary>
public sealed record DpoMethod : TrainingMethod
{
    private const int ShownPrompts = 2;

    /// <summary>The loss and its options.</summary>
    public DpoOptions Loss { get; init; } = new();

    internal override string Name => "dpo";

    internal override bool NeedsReference => true;

    internal override void Describe(JsonObject settings)
    {
        settings["beta"] = Loss.Beta;
        settings["label_smoothing"] = Loss.LabelSmoothing;
        settings["dialect"] = Loss.Dialect.ToString().ToLowerInvariant();
    }

    internal override MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run)
    {
        var preference = new PreferenceOptions { MaxLength = run.MaxLength, Truncation = run.Truncation };
        PreferenceDataset set = PreferenceDataset.Build(rows, tokenizer, preference);
        PreferenceExample[] pairs = set.Examples;
        int longest = pairs.Max(e => e.Prompt.Length + Math.Max(e.Chosen.Length, e.Rejected.Length));
        return new MethodData(new PreferenceData(pairs), set.Lint, longest, [.. pairs.Take(ShownPrompts).Select(e => e.Prompt)])
        {
            Completions = i => [new Completion(pairs[i].Prompt, pairs[i].Chosen), new Completion(pairs[i].Prompt, pairs[i].Rejected)],
        };
    }

    internal override ILoss CreateLoss() => PairLosses.Dpo(Loss);
}
