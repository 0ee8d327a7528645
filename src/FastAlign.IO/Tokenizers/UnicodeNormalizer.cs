using System.Text;

namespace FastAlign.IO.Tokenizers;

/// <summary>Unicode normalization forms C, D, KC and KD (Unicode Standard Annex 15).</summary>
internal sealed class UnicodeNormalizer(bool isCompatible, bool composes) : Normalizer
{
    // Below U+00A0 nothing decomposes; below U+0300 nothing changes in form C.
    private readonly char _firstAffected = composes && !isCompatible ? '\u0300' : '\u00A0';

    public override AlignedText Apply(in AlignedText text)
    {
        if (text.Span.IndexOfAnyInRange(_firstAffected, '\uFFFF') < 0)
        {
            return text;
        }

        List<RewrittenRune> runes = Decompose(text.Span);
        return RewrittenRune.Apply(text, composes ? Compose(runes) : runes);
    }

    private List<RewrittenRune> Decompose(ReadOnlySpan<char> text)
    {
        UnicodeTable table = UnicodeTable.Instance;
        var runes = new List<RewrittenRune>(text.Length);
        var parts = new List<int>();
        foreach (Rune rune in text.EnumerateRunes())
        {
            parts.Clear();
            table.Decompose(rune.Value, isCompatible, parts);
            for (int i = 0; i < parts.Count; i++)
            {
                Insert(runes, new RewrittenRune(parts[i], i == 0 ? 0 : 1), table);
            }
        }

        return runes;
    }

    // Canonical order: marks in a row are sorted by class, equal ones as they came.
    private static void Insert(List<RewrittenRune> runes, RewrittenRune rune, UnicodeTable table)
    {
        int at = runes.Count;
        int combiningClass = table.CombiningClass(rune.CodePoint);
        while (combiningClass > 0 && at > 0 && table.CombiningClass(runes[at - 1].CodePoint) > combiningClass)
        {
            at--;
        }

        runes.Insert(at, rune);
    }

    // Each mark that is not blocked joins the last character that begins a sequence, where the two have a composite.
    private static List<RewrittenRune> Compose(List<RewrittenRune> runes)
    {
        UnicodeTable table = UnicodeTable.Instance;
        var composed = new List<RewrittenRune>(runes.Count);
        int starter = -1;
        int lastClass = -1;
        foreach (RewrittenRune rune in runes)
        {
            int combiningClass = table.CombiningClass(rune.CodePoint);
            bool isBlocked = starter < 0 || lastClass >= combiningClass;
            int composite = isBlocked ? -1 : table.Compose(composed[starter].CodePoint, rune.CodePoint);
            if (composite >= 0)
            {
                composed[starter] = new RewrittenRune(composite, composed[starter].Change + rune.Change - 1);
                continue;
            }

            lastClass = combiningClass;
            if (combiningClass == 0)
            {
                starter = composed.Count;
                lastClass = -1;
            }

            composed.Add(rune);
        }

        return composed;
    }
}
