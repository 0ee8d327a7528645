using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.IO.Datasets;
using FastAlign.Models;

namespace FastAlign;

/// <summary>Sequences to imitate, by their negative log-likelihood.</summary>
internal sealed class SftRecipe(SftRunOptions options) : IRunRecipe
{
    private const int ShownPrompts = 2;
    private const int ShownPromptTokens = 16;

    public string Method => "sft";

    public bool NeedsReference => false;

    public void Describe(JsonObject settings)
    {
        settings["completion_only_loss"] = options.IsCompletionOnly;
        settings["packing_strategy"] = options.Packing.ToString().ToLowerInvariant();
        settings["dataset_text_field"] = options.TextField;
    }

    public RecipeData Read(DataRow[] rows, RowTokenizer tokenizer)
    {
        var sft = new SftOptions
        {
            MaxLength = options.MaxLength,
            Truncation = options.Truncation,
            IsCompletionOnly = options.IsCompletionOnly,
            Packing = options.Packing,
            TextField = options.TextField,
        };
        SftDataset set = SftDataset.Build(rows, tokenizer, sft);
        return new RecipeData(new SequenceData(set.Examples), set.Lint, set.Examples.Max(e => e.Ids.Length), [.. set.Examples.Take(ShownPrompts).Select(PromptOf)]);
    }

    public ILoss CreateLoss() => new NllLoss();

    /// <summary>The tokens before the first target, or the first few of a text that is a target from its start.</summary>
    private static int[] PromptOf(SftExample example)
    {
        int first = Array.FindIndex(example.Labels, label => label != SftExample.Ignored);
        return example.Ids[..Math.Min(example.Ids.Length, first > 1 ? first : ShownPromptTokens)];
    }
}
