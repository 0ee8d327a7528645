using System.Runtime.InteropServices;

namespace FastAlign.IO.Tokenizers;

/// <summary>Splits a text given the places of a pattern in it.</summary>
internal static class Stretches
{
    /// <summary>Appends the words. <paramref name="isInverted"/>: what lies between the matches takes their part.</summary>
    public static void Split(in AlignedText text, List<TextSpan> matches, SplitBehavior behavior, bool isInverted, List<AlignedText> words)
    {
        List<(TextSpan Span, bool IsMatch)> all = Cover(text.Length, matches, isInverted);
        for (int i = 0; i < all.Count; i++)
        {
            (TextSpan span, bool isMatch) = all[i];
            if (!(isMatch && behavior == SplitBehavior.Removed))
            {
                int end = i;
                while (end + 1 < all.Count && Joins(all, end, behavior))
                {
                    end++;
                }

                words.Add(text.Slice(span.Start, all[end].Span.End));
                i = end;
            }
        }
    }

    // Whether stretch i and the one after it are one word.
    private static bool Joins(List<(TextSpan Span, bool IsMatch)> all, int i, SplitBehavior behavior) => behavior switch
    {
        SplitBehavior.MergedWithPrevious => all[i + 1].IsMatch && !all[i].IsMatch,
        SplitBehavior.MergedWithNext => all[i].IsMatch && !all[i + 1].IsMatch,
        SplitBehavior.Contiguous => all[i].IsMatch == all[i + 1].IsMatch,
        _ => false,
    };

    private static List<(TextSpan Span, bool IsMatch)> Cover(int length, List<TextSpan> matches, bool isInverted)
    {
        var all = new List<(TextSpan, bool)>(matches.Count * 2);
        int at = 0;
        foreach (TextSpan match in CollectionsMarshal.AsSpan(matches))
        {
            if (at < match.Start)
            {
                all.Add((new TextSpan(at, match.Start), isInverted));
            }

            all.Add((match, !isInverted));
            at = match.End;
        }

        if (at < length)
        {
            all.Add((new TextSpan(at, length), isInverted));
        }

        return all;
    }
}
