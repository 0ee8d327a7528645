namespace FastAlign.IO.Datasets;

/// <summary>A row to imitate as tokens, before truncation and packing: TRL's columns <c>input_ids</c> and <c>labels</c>.</summary>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Ids">Token ids, EOS included.</param>
/// <param name="Labels">As long as Ids: the id, or -100 where the token is not to be learnt.</param>
/// <param name="Traits">What the ids no longer show.</param>
public sealed record TokenizedSft(int Row, int[] Ids, int[] Labels, RowTraits Traits);
