using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Datasets;
using FastAlign.Models;

namespace FastAlign;

/// <summary>Lists of scored completions (<c>prompt</c>, <c>completions</c>, <c>scores</c>) by listwise preference optimisation.</summary>
public sealed record ListMethod : TrainingMethod
{
    private const int ShownPrompts = 2;

    /// <summary>The loss and its options.</summary>
    public ListOptions Loss { get; init; } = new();

    internal override string Name => "lipo";

    internal override bool NeedsReference => true;

    internal override void Describe(JsonObject settings)
    {
        settings["loss_type"] = Loss.LossType;
        settings["beta"] = Loss.Beta;
        settings["list_average"] = Loss.IsMean ? "mean" : "sum";
    }

    internal override MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run)
    {
        if (run.Truncation != TruncationMode.KeepStart)
        {
            throw new InputException("truncation_mode: expected keep_start with lipo, found keep_end");
        }

        ListDataset set = ListDataset.Build(rows, tokenizer, run.MaxLength);
        ListExample[] lists = set.Examples;
        int longest = lists.Max(list => list.Prompt.Length + list.Completions.Max(completion => completion.Length));
        return new MethodData(new ListData(lists), set.Lint, longest, [.. lists.Take(ShownPrompts).Select(list => list.Prompt)])
        {
            Completions = i => [.. lists[i].Completions.Select(completion => new Completion(lists[i].Prompt, completion))],
        };
    }

    internal override ILoss CreateLoss() => PairLosses.List(Loss);
}
