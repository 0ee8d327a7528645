namespace FastAlign.IO.Tokenizers;

/// <summary>Tokens of one text before the template: ids and what each stands for in the original text.</summary>
internal sealed class TokenizedText(string original)
{
    // English has three to four characters a token.
    private const int CharactersPerToken = 3;

    private Dictionary<int, string>? _addedTexts;

    public string Original { get; } = original;

    public List<int> Ids { get; } = new(original.Length / CharactersPerToken);

    public List<TextSpan> Offsets { get; } = new(original.Length / CharactersPerToken);

    public void Add(int id, TextSpan offset)
    {
        Ids.Add(id);
        Offsets.Add(offset);
    }

    /// <summary>Adds a token that was found in the text as <paramref name="text"/>, with the white space that it swallowed.</summary>
    public void AddFound(int id, in AlignedText text)
    {
        _addedTexts ??= [];
        _addedTexts[Ids.Count] = text.Span.ToString();
        Add(id, text.OriginalOf(0, text.Length));
    }

    /// <summary>How the added token at a place reads in the text; null for tokens of the model.</summary>
    public string? AddedText(int place) => _addedTexts?.GetValueOrDefault(place);
}
