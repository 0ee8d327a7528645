namespace FastAlign.IO.Tokenizers;

/// <summary>Takes the white space at the ends of byte-level tokens out of their offsets (<c>trim_offsets</c>).</summary>
/// <remarks>As many characters are cut off as the token has white space, whatever they are.</remarks>
/// <param name="tokenText">Text of a token by its id.</param>
/// <param name="addsPrefixSpace">The first token's single leading space was added, so there is nothing in the text to trim.</param>
internal sealed class OffsetTrimmer(Func<int, string?> tokenText, bool addsPrefixSpace)
{
    public void Apply(TokenizedText text)
    {
        for (int i = 0; i < text.Ids.Count; i++)
        {
            ReadOnlySpan<char> token = text.AddedText(i) ?? tokenText(text.Ids[i]);
            (int start, int end) = (text.Offsets[i].Start, text.Offsets[i].End);
            int leading = 0;
            while (leading < token.Length && IsSpace(token[leading]))
            {
                leading++;
            }

            int trailing = 0;
            while (trailing < token.Length && IsSpace(token[^(trailing + 1)]))
            {
                trailing++;
            }

            for (int n = addsPrefixSpace && leading == 1 && (i == 0 || start == 0) ? 0 : leading; n > 0 && start < end; n--)
            {
                start += char.IsHighSurrogate(text.Original[start]) && end - start > 1 ? 2 : 1;
            }

            for (int n = trailing; n > 0 && end > start; n--)
            {
                end -= char.IsLowSurrogate(text.Original[end - 1]) && end - start > 1 ? 2 : 1;
            }

            text.Offsets[i] = new TextSpan(start, end);
        }
    }

    private static bool IsSpace(char c) => c == ByteAlphabet.Space || char.IsWhiteSpace(c);
}
