namespace FastAlign.IO.Tokenizers;

/// <summary>Takes the white space at the ends of byte-level tokens out of their offsets (<c>trim_offsets</c>).</summary>
/// <param name="tokenText">Text of a token by its id.</param>
/// <param name="addsPrefixSpace">The first token's single leading space was added, so there is nothing in the text to trim.</param>
internal sealed class OffsetTrimmer(Func<int, string?> tokenText, bool addsPrefixSpace)
{
    public void Apply(TokenizedText text)
    {
        for (int i = 0; i < text.Ids.Count; i++)
        {
            ReadOnlySpan<char> token = tokenText(text.Ids[i]);
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

            if (!(addsPrefixSpace && leading == 1 && (i == 0 || start == 0)))
            {
                start = Math.Min(start + leading, end);
            }

            end = end >= trailing ? Math.Max(end - trailing, start) : end;
            text.Offsets[i] = new TextSpan(start, end);
        }
    }

    private static bool IsSpace(char c) => c == ByteAlphabet.Space || char.IsWhiteSpace(c);
}
