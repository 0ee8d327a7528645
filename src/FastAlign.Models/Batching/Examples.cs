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

/// <summary>One completion that is judged by itself, after tokenisation.</summary>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Prompt">Prompt ids, at least one.</param>
/// <param name="Completion">Completion, at least one token.</param>
/// <param name="IsDesirable">Whether to encourage it.</param>
public sealed record UnpairedExample(int Row, int[] Prompt, int[] Completion, bool IsDesirable)
{
    /// <summary>Scalar reward in the data's unit; where the data say none, 1 for a desirable completion and -1 for another.</summary>
    public double Reward { get; init; } = IsDesirable ? 1 : -1;

    /// <summary>Share of desirable completions among those to the same prompt, in [0, 1].</summary>
    public double PassRate { get; init; } = double.NaN;

    /// <summary>Probability that a prompt like this one comes with a desirable completion, where a classifier was asked; else NaN.</summary>
    public double DesirableProbability { get; init; } = double.NaN;
}
