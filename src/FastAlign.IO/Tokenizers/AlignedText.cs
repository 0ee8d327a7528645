namespace FastAlign.IO.Tokenizers;

/// <summary>
/// A stretch of text that may have been rewritten, and for each of its UTF-16 units the characters of the original text that it stands for.
/// Slices share their storage; text that was never rewritten stores no alignment.
/// </summary>
internal readonly struct AlignedText
{
    private readonly string _text;
    private readonly TextSpan[]? _alignment;
    private readonly int _offset;

    public AlignedText(string original)
    {
        _text = original;
        Length = original.Length;
    }

    public AlignedText(string text, TextSpan[] alignment, int origin)
    {
        _text = text;
        _alignment = alignment;
        Length = text.Length;
        Origin = origin;
    }

    private AlignedText(string text, TextSpan[]? alignment, int offset, int length, int origin)
    {
        _text = text;
        _alignment = alignment;
        _offset = offset;
        Length = length;
        Origin = origin;
    }

    public int Length { get; }

    /// <summary>Where this stretch begins in the original text.</summary>
    public int Origin { get; }

    public ReadOnlySpan<char> Span => _text.AsSpan(_offset, Length);

    /// <summary>What the unit at <paramref name="index"/> stands for.</summary>
    public TextSpan this[int index] => _alignment is null ? new TextSpan(_offset + index, _offset + index + 1) : _alignment[_offset + index];

    /// <summary>What the units <c>[start, end)</c> stand for, <c>start &lt; end</c>.</summary>
    public TextSpan OriginalOf(int start, int end) => new(this[start].Start, this[end - 1].End);

    public AlignedText Slice(int start, int end) =>
        new(_text, _alignment, _offset + start, end - start, end > start ? this[start].Start : Origin);
}
