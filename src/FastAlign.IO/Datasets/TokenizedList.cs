namespace FastAlign.IO.Datasets;

/// <summary>Completions of one prompt as tokens, before any are left out.</summary>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Prompt">Tokens that all sequences begin with, within the prompt; may be empty.</param>
/// <param name="Completions">The rest of each prompt + completion, EOS included.</param>
/// <param name="Traits">What the ids no longer show.</param>
public sealed record TokenizedList(int Row, int[] Prompt, int[][] Completions, RowTraits Traits);
