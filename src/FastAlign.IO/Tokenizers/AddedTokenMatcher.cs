using System.Buffers;
using System.Globalization;
using System.Text;

namespace FastAlign.IO.Tokenizers;

/// <summary>Finds added tokens in text: the leftmost match, and of those that begin at the same place the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<char, AddedToken[]> _byFirst = [];
    private readonly SearchValues<char> _firsts;

    public AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        foreach (IGrouping<char, AddedToken> group in tokens.Where(token => token.Text.Length > 0).GroupBy(token => token.Text[0]))
        {
            _byFirst[group.Key] = [.. group.OrderByDescending(token => token.Text.Length)];
        }

        _firsts = SearchValues.Create(_byFirst.Keys.ToArray());
    }

    /// <summary>Cuts a text into added tokens and the stretches between them; empty stretches are left out.</summary>
    public List<(AlignedText Text, AddedToken? Token)> Split(in AlignedText text)
    {
        var parts = new List<(AlignedText, AddedToken?)>();
        ReadOnlySpan<char> span = text.Span;
        int done = 0;
        int at = 0;
        while (at < span.Length && span[at..].IndexOfAny(_firsts) is >= 0 and int skip)
        {
            int start = at + skip;
            AddedToken? token = MatchAt(span[start..]);
            if (token is null)
            {
                at = start + 1;
                continue;
            }

            int end = start + token.Text.Length;
            at = end;
            if (token.IsSingleWord && (EndsWithWord(span[..start]) || StartsWithWord(span[end..])))
            {
                continue;
            }

            // White space that the token before has swallowed is not swallowed again; but a token made of white space is found in it all the same.
            start = token.StripsLeft ? Math.Max(done, span[..start].TrimEnd().Length) : start;
            end = token.StripsRight ? span.Length - span[end..].TrimStart().Length : end;
            if (done < start)
            {
                parts.Add((text.Slice(done, start), null));
            }

            parts.Add((text.Slice(start, end), token));
            done = end;
        }

        if (done < span.Length)
        {
            parts.Add((text.Slice(done, span.Length), null));
        }

        return parts;
    }

    private AddedToken? MatchAt(ReadOnlySpan<char> text)
    {
        foreach (AddedToken token in _byFirst[text[0]])
        {
            if (text.StartsWith(token.Text, StringComparison.Ordinal))
            {
                return token;
            }
        }

        return null;
    }

    private static bool StartsWithWord(ReadOnlySpan<char> text) => Rune.DecodeFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool EndsWithWord(ReadOnlySpan<char> text) => Rune.DecodeLastFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    // Unicode's word characters (UTS 18, annex C) by category; the few symbols that are alphabetic by property alone are circled letters, U+24B6..U+24E9.
    private static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter => true,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber => true,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => true,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation => true,
        _ => rune.Value is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9),
    };
}
