using System.Text;
using System.Text.RegularExpressions;

namespace FastAlign.IO.Tokenizers;

/// <summary>What a pre-tokenizer or normalizer looks for: a literal text, or a regular expression written for Oniguruma with Unicode classes.</summary>
/// <remarks>
/// .NET's regular expressions see UTF-16 units, so that a character above U+FFFF would be two units of no class. Text with such characters is matched
/// in a shadow that has one unit per character: a stand-in of the same category from the basic plane. Classes then mean what they mean in Oniguruma.
/// </remarks>
internal sealed partial class SplitPattern
{
    // One character of each UnicodeCategory, in the order of the enum, none of which occurs in a published pattern.
    // The 17th, for halves of pairs, stands for itself.
    internal const string StandIns =
        "\u0100\u0101\u01C5\u02B0\u01BB\u0300\u0903\u0488\u0660\u2160\u00B2\u3000\u2028\u2029\u0080\u00AD\uD800\uE000\u203F\u2010" +
        "\u0F3A\u0F3B\u00AB\u00BB\u00A1\u00AC\u00A2\u00A8\u00A9\u0378";

    private readonly string? _literal;
    private readonly Regex? _regex;

    private SplitPattern(string? literal, Regex? regex)
    {
        _literal = literal;
        _regex = regex;
    }

    /// <summary>GPT-2's words: contractions, letters, digits or other characters with at most one space before them, and white space.</summary>
    public static SplitPattern Gpt2 { get; } = new(null, Gpt2Regex());

    /// <summary>Finds exactly this text.</summary>
    public static SplitPattern Literal(string text) => new(text, null);

    /// <summary>Reads <c>{"String": ...}</c> or <c>{"Regex": ...}</c>.</summary>
    public static SplitPattern Read(JsonPart part)
    {
        if (part.Find("String") is { } literal)
        {
            return literal.AsString() is { Length: > 0 } text ? Literal(text) : throw literal.Bad("a text that is not empty");
        }

        JsonPart regex = part.Get("Regex");
        string pattern = regex.AsString();
        if (pattern.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0)
        {
            throw regex.Unsupported("a pattern that names a character above U+FFFF");
        }

        try
        {
            return new SplitPattern(null, new Regex(FoldLongS(pattern), RegexOptions.Compiled | RegexOptions.CultureInvariant));
        }
        catch (ArgumentException e)
        {
            throw regex.Unsupported($"the pattern {pattern} ({e.Message})");
        }
    }

    /// <summary>Appends the matches in <paramref name="text"/>, from left to right; empty ones are left out.</summary>
    public void FindAll(ReadOnlySpan<char> text, List<TextSpan> matches)
    {
        if (_literal is not null)
        {
            for (int at = 0; text[at..].IndexOf(_literal, StringComparison.Ordinal) is >= 0 and int skip; at += skip + _literal.Length)
            {
                matches.Add(new TextSpan(at + skip, at + skip + _literal.Length));
            }
        }
        else if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            FindUnits(text, matches);
        }
        else
        {
            FindInShadow(text, matches);
        }
    }

    private void FindUnits(ReadOnlySpan<char> text, List<TextSpan> matches)
    {
        foreach (ValueMatch match in _regex!.EnumerateMatches(text))
        {
            if (match.Length > 0)
            {
                matches.Add(new TextSpan(match.Index, match.Index + match.Length));
            }
        }
    }

    private void FindInShadow(ReadOnlySpan<char> text, List<TextSpan> matches)
    {
        var shadow = new char[text.Length];
        var starts = new int[text.Length + 1];
        int n = 0;
        for (int at = 0; at < text.Length; n++)
        {
            Rune.DecodeFromUtf16(text[at..], out Rune rune, out int units);
            shadow[n] = units == 1 ? text[at] : StandIns[(int)Rune.GetUnicodeCategory(rune)];
            starts[n] = at;
            at += units;
        }

        starts[n] = text.Length;
        int first = matches.Count;
        FindUnits(shadow.AsSpan(0, n), matches);
        for (int i = first; i < matches.Count; i++)
        {
            matches[i] = new TextSpan(starts[matches[i].Start], starts[matches[i].End]);
        }
    }

    // Unicode folds U+017F (long s) to s, which .NET does not; the patterns name letters without regard to case only in (?i:...) groups without classes.
    private static string FoldLongS(string pattern) => CaseFreeGroup().Replace(pattern, group => group.Value.Replace("s", "[s\u017F]", StringComparison.Ordinal));

    [GeneratedRegex(@"\(\?i:[^()\[\]\\]*\)", RegexOptions.CultureInvariant)]
    private static partial Regex CaseFreeGroup();

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Gpt2Regex();
}
