using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.IO.Datasets;
using FastAlign.Models;

namespace FastAlign;

/// <summary>Preference pairs by direct preference optimisation.</summary>
internal sealed class DpoRecipe(DpoRunOptions options) : IRunRecipe
{
    private const int ShownPrompts = 2;

    public string Method => "dpo";

    public bool NeedsReference => true;

    public void Describe(JsonObject settings)
    {
        settings["beta"] = options.Beta;
        settings["label_smoothing"] = options.LabelSmoothing;
        settings["dialect"] = options.Dialect.ToString().ToLowerInvariant();
        settings["precompute_ref_log_probs"] = options.IsReferencePrecomputed;
        settings["ref_model_name_or_path"] = options.ReferenceModel;
    }

    public RecipeData Read(DataRow[] rows, RowTokenizer tokenizer)
    {
        var preference = new PreferenceOptions { MaxLength = options.MaxLength, Truncation = options.Truncation };
        PreferenceDataset set = PreferenceDataset.Build(rows, tokenizer, preference);
        int longest = set.Examples.Max(e => e.Prompt.Length + Math.Max(e.Chosen.Length, e.Rejected.Length));
        return new RecipeData(new PreferenceData(set.Examples), set.Lint, longest, [.. set.Examples.Take(ShownPrompts).Select(e => e.Prompt)], set.Examples);
    }

    public ILoss CreateLoss() =>
        LossCatalog.Pair("sigmoid", new DpoOptions { Beta = options.Beta, LabelSmoothing = options.LabelSmoothing, Dialect = options.Dialect });
}
