using System.Buffers;
using System.Globalization;
using System.Text;

namespace FastAlign.IO.Tokenizers;

/// <summary>Several pre-tokenizers, each splitting the words of the one before.</summary>
internal sealed class PreTokenizerSequence(PreTokenizer[] steps) : PreTokenizer
{
    public override void Split(in AlignedText text, List<AlignedText> words)
    {
        List<AlignedText> from = [text];
        foreach (PreTokenizer step in steps)
        {
            var to = new List<AlignedText>(from.Count * 2);
            foreach (AlignedText word in from)
            {
                if (word.Length > 0)
                {
                    step.Split(word, to);
                }
            }

            from = to;
        }

        words.AddRange(from);
    }
}

/// <summary>Splits at a pattern.</summary>
internal sealed class PatternSplit(SplitPattern pattern, SplitBehavior behavior, bool isInverted) : PreTokenizer
{
    public override void Split(in AlignedText text, List<AlignedText> words)
    {
        var matches = new List<TextSpan>(text.Length / 4);
        pattern.FindAll(text.Span, matches);
        Stretches.Split(text, matches, behavior, isInverted, words);
    }
}

/// <summary>Splits numbers off: digit by digit, or run by run. Digits are all of Unicode's numeric categories.</summary>
internal sealed class DigitSplit(bool isIndividual) : PreTokenizer
{
    public override void Split(in AlignedText text, List<AlignedText> words)
    {
        var matches = new List<TextSpan>();
        ReadOnlySpan<char> span = text.Span;
        for (int at = 0; at < span.Length;)
        {
            OperationStatus status = Rune.DecodeFromUtf16(span[at..], out Rune rune, out int units);
            if (status == OperationStatus.Done && Rune.GetUnicodeCategory(rune) is
                UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber)
            {
                matches.Add(new TextSpan(at, at + units));
            }

            at += units;
        }

        Stretches.Split(text, matches, isIndividual ? SplitBehavior.Isolated : SplitBehavior.Contiguous, false, words);
    }
}

/// <summary>Byte-level words. The model itself maps characters to bytes, so this is always the last pre-tokenizer.</summary>
/// <param name="addsPrefixSpace">A space is put before text that does not begin with one.</param>
/// <param name="splits">Whether to split as GPT-2 does; else an earlier pre-tokenizer has split.</param>
internal sealed class ByteLevelSplit(bool addsPrefixSpace, bool splits) : PreTokenizer
{
    private static readonly PatternSplit Words = new(SplitPattern.Gpt2, SplitBehavior.Isolated, false);

    public override void Split(in AlignedText text, List<AlignedText> words)
    {
        AlignedText prefixed = addsPrefixSpace && !text.Span.StartsWith(' ') ? PrependNormalizer.Prepend(" ", text) : text;
        if (splits)
        {
            Words.Split(prefixed, words);
        }
        else
        {
            words.Add(prefixed);
        }
    }
}

/// <summary>Where a <see cref="MetaspaceSplit"/> puts a mark before text that does not begin with one.</summary>
internal enum PrependScheme
{
    /// <summary>Nowhere.</summary>
    Never,

    /// <summary>At the start of the whole text.</summary>
    First,

    /// <summary>Before each stretch between added tokens.</summary>
    Always,
}

/// <summary>SentencePiece's words: each space becomes a mark (U+2581) that begins a word.</summary>
internal sealed class MetaspaceSplit(string mark, PrependScheme scheme, bool splits) : PreTokenizer
{
    private readonly ReplaceNormalizer _replace = new(SplitPattern.Literal(" "), mark);
    private readonly PatternSplit _words = new(SplitPattern.Literal(mark), SplitBehavior.MergedWithNext, false);

    public override void Split(in AlignedText text, List<AlignedText> words)
    {
        AlignedText marked = _replace.Apply(text);
        bool prepends = scheme == PrependScheme.Always || (scheme == PrependScheme.First && text.Origin == 0);
        marked = prepends && !marked.Span.StartsWith(mark, StringComparison.Ordinal) ? PrependNormalizer.Prepend(mark, marked) : marked;
        if (splits)
        {
            _words.Split(marked, words);
        }
        else
        {
            words.Add(marked);
        }
    }
}
