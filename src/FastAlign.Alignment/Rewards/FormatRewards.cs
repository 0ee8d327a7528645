namespace FastAlign.Alignment;

/// <summary>Rewards of how a completion is laid out. Pure functions of its text.</summary>
public static class FormatRewards
{
    private const string Open = "<think>";
    private const string Close = "</think>";

    /// <summary>
    /// 1 if the completion begins with <c>&lt;think&gt;</c>, which occurs nowhere else in it, and closes it; else 0. TRL's <c>think_format_reward</c>.
    /// </summary>
    public static double Think(ReadOnlySpan<char> completion)
    {
        if (!completion.StartsWith(Open, StringComparison.Ordinal))
        {
            return 0;
        }

        ReadOnlySpan<char> rest = completion[Open.Length..];
        return rest.IndexOf(Open, StringComparison.Ordinal) < 0 && rest.IndexOf(Close, StringComparison.Ordinal) >= 0 ? 1 : 0;
    }
}
