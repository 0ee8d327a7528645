namespace FastAlign.Models;

/// <summary>One sequence to imitate, after tokenisation.</summary>
/// <param name="Row">Row of the data file, from 0: messages and logs refer to it.</param>
/// <param name="Ids">Token ids.</param>
/// <param name="Labels">As long as Ids: the token id where it is a target, -100 where it is not. The first token is never a target.</param>
/// <param name="DocumentLengths">Lengths of the documents packed into Ids, in order; empty means one document. Documents do not see each other.</param>
public sealed record SftExample(int Row, int[] Ids, int[] Labels, int[] DocumentLengths)
{
    /// <summary>The label of a token that is not a target.</summary>
    public const int Ignored = -100;
}

/// <summary>One preference pair, after tokenisation: two completions of one prompt.</summary>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Prompt">Prompt ids, at least one.</param>
/// <param name="Chosen">Preferred completion, at least one token.</param>
/// <param name="Rejected">The other one, at least one token.</param>
public sealed record PreferenceExample(int Row, int[] Prompt, int[] Chosen, int[] Rejected);
