namespace FastAlign.IO.Datasets;

/// <summary>
/// Finds the prompt of a pair whose two texts both contain it: what they begin with in common, exactly as TRL's <c>extract_prompt</c>, its quirks
/// included, because a model trained elsewhere has seen its splits.
/// </summary>
/// <remarks>
/// Code points are compared, so no surrogate pair is cut. The split may fall inside a word. A space just before it goes to the completions. Where
/// one text begins with the whole of the other, or both are equal, the last character compared stays with the completions. Where the first
/// characters already differ, "just before" wraps around to the last character of chosen: if that is a space, the texts are split before their
/// last character.
/// </remarks>
public static class ImplicitPrompt
{
    /// <summary>Splits two texts, neither of which may be empty.</summary>
    public static (string Prompt, string Chosen, string Rejected) Split(string chosen, string rejected)
    {
        ArgumentException.ThrowIfNullOrEmpty(chosen);
        ArgumentException.ThrowIfNullOrEmpty(rejected);
        int common = chosen.AsSpan().CommonPrefixLength(rejected);
        if (common == Math.Min(chosen.Length, rejected.Length))
        {
            int split = BeforeLast(chosen.AsSpan(0, common));
            return (chosen[..split], chosen[split..], rejected[split..]);
        }

        // Two pairs of surrogates can share their first half.
        common -= common > 0 && char.IsHighSurrogate(chosen[common - 1]) ? 1 : 0;
        if (common == 0 && chosen[^1] == ' ')
        {
            return (chosen[..^1], " ", rejected[BeforeLast(rejected)..]);
        }

        common -= common > 0 && chosen[common - 1] == ' ' ? 1 : 0;
        return (chosen[..common], chosen[common..], rejected[common..]);
    }

    /// <summary>Index of the last code point.</summary>
    private static int BeforeLast(ReadOnlySpan<char> text) =>
        text.Length >= 2 && char.IsSurrogatePair(text[^2], text[^1]) ? text.Length - 2 : text.Length - 1;
}
