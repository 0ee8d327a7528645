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
public sealed record PreferenceExample(int Row, int[] Prompt, int[] Chosen, int[] Rejected)
{
    /// <summary>Prompt of the rejected completion where truncation left another part of it than of the chosen one's; null where they share it.</summary>
    public int[]? RejectedPrompt { get; init; }

    /// <summary>A third completion of the prompt, to imitate; empty where there is none.</summary>
    public int[] Demonstration { get; init; } = [];

    /// <summary>The prompt with a request for quality in it; empty where there is none.</summary>
    public int[] RefinedPrompt { get; init; } = [];

    /// <summary>Log-probs of both completions under the policy that sampled them, nats, one per token; null where the data do not say.</summary>
    public (double[] Chosen, double[] Rejected)? OldLogProbs { get; init; }

    /// <summary>How much better the chosen side is; null where the data do not say.</summary>
    public double? Margin { get; init; }

    /// <summary>Probability that the chosen side is the better one, in [0, 1]; null where the data do not say.</summary>
    public double? SoftLabel { get; init; }

    /// <summary>Factor of the pair's loss, at least 0; null where the data do not say.</summary>
    public double? Weight { get; init; }
}

/// <summary>Several scored completions of one prompt, after tokenisation.</summary>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Prompt">Prompt ids, at least one.</param>
/// <param name="Completions">At least two, each of at least one token.</param>
/// <param name="Scores">How good each is: the more the better.</param>
public sealed record ListExample(int Row, int[] Prompt, int[][] Completions, double[] Scores);

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

/// <summary>Completions of one prompt with what was said of them, after tokenisation: a pair (chosen first), a ranking (best first), or one completion with a label.</summary>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Prompt">Prompt ids, at least one.</param>
/// <param name="Completions">Completions, each of at least one token.</param>
/// <param name="Scored">For each completion, which of its tokens carries the score; -1 is the last token of the prompt.</param>
public sealed record JudgedExample(int Row, int[] Prompt, int[][] Completions, int[] Scored)
{
    /// <summary>How much better the first completion is; null where the data do not say.</summary>
    public double? Margin { get; init; }

    /// <summary>Probability that the first completion is the better one; null where the data do not say.</summary>
    public double? SoftLabel { get; init; }

    /// <summary>Factor of the example's loss; null where the data do not say.</summary>
    public double? Weight { get; init; }

    /// <summary>For each completion, 1 if it is good and 0 if not (or between); empty where the data do not say.</summary>
    public double[] Labels { get; init; } = [];

    /// <summary>For each completion, 1 if it is safe and 0 if it is harmful; empty where the data do not say.</summary>
    public double[] Safe { get; init; } = [];
}

/// <summary>A chain of reasoning steps, after tokenisation.</summary>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Ids">Token ids, prompt and steps.</param>
/// <param name="Labels">As long as Ids: the class of the step that ends at this token, or -100.</param>
public sealed record StepExample(int Row, int[] Ids, int[] Labels);

/// <summary>One recorded completion that a policy sampled, after tokenisation.</summary>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Group">Completions of one prompt have one number; they are stored one after the other.</param>
/// <param name="Prompt">Prompt ids, at least one.</param>
/// <param name="Completion">Sampled ids, at least one.</param>
public sealed record RolloutExample(int Row, int Group, int[] Prompt, int[] Completion)
{
    /// <summary>Whether the completion ended by itself, not by its length.</summary>
    public bool IsEnded { get; init; } = true;

    /// <summary>Whether its tokens are scored; one that is not still counts as a sequence. <c>mask_truncated_completions</c></summary>
    public bool IsScored { get; init; } = true;

    /// <summary>One reward per function, NaN where there is none.</summary>
    public double[] Rewards { get; init; } = [];

    /// <summary>One reward per token, which add up to the only one of <see cref="Rewards"/>, or null.</summary>
    public double[]? TokenRewards { get; init; }

    /// <summary>Log-probs under the engine that sampled, one per token, or null.</summary>
    public double[]? SamplingLogProbs { get; init; }

    /// <summary>Scored tokens.</summary>
    public int Rows => IsScored ? Completion.Length : 0;
}
