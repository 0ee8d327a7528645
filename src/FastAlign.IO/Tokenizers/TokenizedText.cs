namespace FastAlign.IO.Tokenizers;

/// <summary>Tokens of one text before the template: ids, what each stands for in the original text, and how it reads in the (normalised) text.</summary>
internal sealed class TokenizedText(int capacity)
{
    public List<int> Ids { get; } = new(capacity);

    public List<TextSpan> Offsets { get; } = new(capacity);

    public void Add(int id, TextSpan offset)
    {
        Ids.Add(id);
        Offsets.Add(offset);
    }
}
