using System.Text;

namespace FastAlign.IO.Tokenizers;

/// <summary>A character of rewritten text.</summary>
/// <param name="CodePoint">The character.</param>
/// <param name="Change">0: it replaces the next character of the old text; 1: it is inserted and shares what stands before it; -n: it replaces the next 1 + n.</param>
internal readonly record struct RewrittenRune(int CodePoint, int Change)
{
    /// <summary>The text rewritten, with what each new character stands for.</summary>
    public static AlignedText Apply(in AlignedText text, List<RewrittenRune> runes)
    {
        var builder = new AlignedTextBuilder(text.Length);
        Span<char> units = stackalloc char[2];
        var standsFor = new TextSpan(text.Origin, text.Origin);
        int at = 0;
        foreach (RewrittenRune rune in runes)
        {
            if (rune.Change <= 0 && at < text.Length)
            {
                int next = Next(text, at);
                standsFor = text.OriginalOf(at, next);
                at = next;
            }

            int written = new Rune(rune.CodePoint).EncodeToUtf16(units);
            builder.Append(units[..written], standsFor);
            for (int i = rune.Change; i < 0 && at < text.Length; i++)
            {
                int next = Next(text, at);
                standsFor = text.OriginalOf(at, next);
                at = next;
            }
        }

        return builder.Build(text.Origin);
    }

    private static int Next(in AlignedText text, int at)
    {
        Rune.DecodeFromUtf16(text.Span[at..], out _, out int units);
        return at + units;
    }
}
