namespace FastAlign.IO.Tokenizers;

/// <summary>Writes the rewritten form of a text piece by piece, each with what it stands for.</summary>
internal sealed class AlignedTextBuilder(int capacity)
{
    private readonly System.Text.StringBuilder _text = new(capacity);
    private readonly List<TextSpan> _alignment = new(capacity);

    /// <summary>Characters that all stand for the same original ones.</summary>
    public void Append(ReadOnlySpan<char> text, TextSpan original)
    {
        _text.Append(text);
        for (int i = 0; i < text.Length; i++)
        {
            _alignment.Add(original);
        }
    }

    /// <summary>The units <c>[start, end)</c> of a text, unchanged.</summary>
    public void Copy(in AlignedText text, int start, int end)
    {
        _text.Append(text.Span[start..end]);
        for (int i = start; i < end; i++)
        {
            _alignment.Add(text[i]);
        }
    }

    public AlignedText Build(int origin) => new(_text.ToString(), [.. _alignment], origin);
}
