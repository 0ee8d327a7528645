namespace FastAlign.IO.Tokenizers;

/// <summary>The characters <c>[Start, End)</c> of a text, in UTF-16 units, so that <c>text[span.Start..span.End]</c> is what they cover.</summary>
public readonly record struct TextSpan(int Start, int End);
