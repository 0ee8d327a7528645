using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.IO.Datasets;

namespace FastAlign;

/// <summary>What a method adds to <see cref="TrainingRun"/>: its settings, its reading of the rows, its loss.</summary>
internal interface IRunRecipe
{
    /// <summary>sft, dpo, ...</summary>
    string Method { get; }

    bool NeedsReference { get; }

    /// <summary>Adds the settings that decide the result.</summary>
    void Describe(JsonObject settings);

    /// <summary>Tokenised rows.</summary>
    RecipeData Read(DataRow[] rows, RowTokenizer tokenizer);

    /// <summary>A loss of its own for every task: losses keep buffers.</summary>
    ILoss CreateLoss();
}

/// <summary>Rows after tokenisation.</summary>
/// <param name="Data">Examples to batch.</param>
/// <param name="Lint">What the linter found.</param>
/// <param name="LongestTokens">Length of the longest sequence.</param>
/// <param name="Prompts">A few prompts to show continuations of.</param>
/// <param name="Pairs">The examples if they are preference pairs, for the reference cache.</param>
internal sealed record RecipeData(ITrainingData Data, LintReport Lint, int LongestTokens, IReadOnlyList<int[]> Prompts, IReadOnlyList<Models.PreferenceExample>? Pairs = null);
