namespace FastAlign.IO.Datasets;

/// <summary>A preference pair as tokens, before truncation: TRL's columns <c>prompt_ids</c>, <c>chosen_ids</c>, <c>rejected_ids</c>.</summary>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Prompt">Tokens that both sequences begin with, within the prompt; may be empty.</param>
/// <param name="Chosen">The rest of prompt + chosen, EOS included.</param>
/// <param name="Rejected">The rest of prompt + rejected, EOS included.</param>
/// <param name="Traits">What the ids no longer show.</param>
public sealed record TokenizedPair(int Row, int[] Prompt, int[] Chosen, int[] Rejected, RowTraits Traits)
{
    /// <summary>The rest of prompt + demonstration, EOS included; empty where there is none.</summary>
    public int[] Demonstration { get; init; } = [];
}
