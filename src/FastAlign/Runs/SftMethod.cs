using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.IO.Datasets;
using FastAlign.Models;

namespace FastAlign;

/// <summary>Supervised fine-tuning: sequences to imitate, by their negative log-likelihood.</summary>
public sealed record SftMethod : TrainingMethod
{
    private const int ShownPrompts = 2;
    private const int ShownPromptTokens = 16;

    /// <summary>nll, or dft: each token's loss times its probability. <c>loss_type</c></summary>
    public string LossType { get; init; } = "nll";

    /// <summary>Score completions only; null: whenever rows have a prompt. <c>completion_only_loss</c></summary>
    public bool? IsCompletionOnly { get; init; }

    /// <summary>How short rows are packed together. <c>packing_strategy</c></summary>
    public PackingStrategy Packing { get; init; }

    /// <summary>Field of language-modelling rows. <c>dataset_text_field</c></summary>
    public string TextField { get; init; } = "text";

    internal override string Name => "sft";

    internal override bool NeedsReference => false;

    internal override void Describe(JsonObject settings)
    {
        settings["loss_type"] = LossType;
        settings["completion_only_loss"] = IsCompletionOnly;
        settings["packing_strategy"] = Packing.ToString().ToLowerInvariant();
        settings["dataset_text_field"] = TextField;
    }

    internal override MethodData Read(DataRow[] rows, RowTokenizer tokenizer, RunOptions run)
    {
        SftDataset set = SftDataset.Build(rows, tokenizer, Options(run));
        return new MethodData(new SequenceData(set.Examples), set.Lint, set.Examples.Max(e => e.Ids.Length), Prompts(set.Examples));
    }

    /// <summary>How rows become tokens.</summary>
    internal SftOptions Options(RunOptions run) => new()
    {
        MaxLength = run.MaxLength,
        Truncation = run.Truncation,
        IsCompletionOnly = IsCompletionOnly,
        Packing = Packing,
        TextField = TextField,
    };

    /// <summary>Prompts to show continuations of.</summary>
    internal IReadOnlyList<int[]> Prompts(IEnumerable<SftExample> examples) => [.. examples.Take(ShownPrompts).Select(PromptOf)];

    internal override ILoss CreateLoss() => TokenLoss.Create(LossType);

    /// <summary>The tokens before the first target, or the first few of a text that is a target from its start.</summary>
    private static int[] PromptOf(SftExample example)
    {
        int first = Array.FindIndex(example.Labels, label => label != SftExample.Ignored);
        return example.Ids[..Math.Min(example.Ids.Length, first > 1 ? first : ShownPromptTokens)];
    }
}
