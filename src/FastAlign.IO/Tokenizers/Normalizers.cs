namespace FastAlign.IO.Tokenizers;

/// <summary>Several normalizers in turn.</summary>
internal sealed class NormalizerSequence(Normalizer[] steps) : Normalizer
{
    public override AlignedText Apply(in AlignedText text)
    {
        AlignedText result = text;
        foreach (Normalizer step in steps)
        {
            result = step.Apply(result);
        }

        return result;
    }
}

/// <summary>Puts a text before any text that is not empty; it stands for the first character.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public static AlignedText Prepend(string prefix, in AlignedText text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        var builder = new AlignedTextBuilder(text.Length + prefix.Length);
        int first = char.IsHighSurrogate(text.Span[0]) && text.Length > 1 ? 2 : 1;
        builder.Append(prefix, text.OriginalOf(0, first));
        builder.Copy(text, 0, text.Length);
        return builder.Build(text.Origin);
    }

    public override AlignedText Apply(in AlignedText text) => Prepend(prefix, text);
}

/// <summary>Replaces each match of a pattern; the new text stands for the last character of the match.</summary>
internal sealed class ReplaceNormalizer(SplitPattern pattern, string content) : Normalizer
{
    public override AlignedText Apply(in AlignedText text)
    {
        var matches = new List<TextSpan>();
        pattern.FindAll(text.Span, matches);
        if (matches.Count == 0)
        {
            return text;
        }

        var builder = new AlignedTextBuilder(text.Length + (matches.Count * content.Length));
        int done = 0;
        foreach (TextSpan match in matches)
        {
            builder.Copy(text, done, match.Start);
            int last = match.End - (char.IsLowSurrogate(text.Span[match.End - 1]) && match.End - match.Start > 1 ? 2 : 1);
            builder.Append(content, text.OriginalOf(last, match.End));
            done = match.End;
        }

        builder.Copy(text, done, text.Length);
        return builder.Build(text.Origin);
    }
}

/// <summary>Takes white space off the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override AlignedText Apply(in AlignedText text)
    {
        int end = right ? text.Span.TrimEnd().Length : text.Length;
        int start = left ? Math.Min(end, text.Length - text.Span.TrimStart().Length) : 0;
        var builder = new AlignedTextBuilder(end - start);
        builder.Copy(text, start, end);
        return builder.Build(text.Origin);
    }
}
