namespace FastAlign.Alignment;

/// <summary>Rewards of what a completion answers.</summary>
public static class AnswerRewards
{
    private const string Box = "\\boxed{";

    /// <summary>
    /// 0 if the completion holds none of the delimiters that end its reasoning; else the verdict on what follows the last of them. TRL's
    /// <c>reasoning_accuracy_reward</c>, whose verdict is a symbolic comparison.
    /// </summary>
    /// <param name="completion">The text.</param>
    /// <param name="delimiters">E.g. <c>&lt;/think&gt;</c>. <c>reasoning_delimiters</c></param>
    /// <param name="verdict">Reward of an answer, or NaN if it cannot be judged.</param>
    public static double AfterReasoning(string completion, IReadOnlyList<string> delimiters, Func<string, double> verdict)
    {
        int end = -1;
        foreach (string delimiter in delimiters)
        {
            int at = completion.LastIndexOf(delimiter, StringComparison.Ordinal);
            end = at < 0 ? end : Math.Max(end, at + delimiter.Length);
        }

        return end < 0 ? 0 : verdict(completion[end..]);
    }

    /// <summary>1 if the last <c>\boxed{...}</c> of the text holds the solution, blanks aside, character by character; else 0.</summary>
    public static double BoxedEquals(string text, string solution) => Boxed(text) is { } answer && WithoutBlanks(answer) == WithoutBlanks(solution) ? 1 : 0;

    /// <summary>What stands in the last <c>\boxed{...}</c>, inner braces included; null if there is none that closes.</summary>
    public static string? Boxed(string text)
    {
        int start = text.LastIndexOf(Box, StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        start += Box.Length;
        int depth = 1;
        for (int i = start; i < text.Length; i++)
        {
            depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            if (depth == 0)
            {
                return text[start..i];
            }
        }

        return null;
    }

    private static string WithoutBlanks(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
}
