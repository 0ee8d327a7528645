namespace FastAlign.IO.Tokenizers;

/// <summary>The pipeline of one tokenizer. <see cref="Normalizer"/> and <see cref="PreTokenizer"/> are null where the file has none.</summary>
internal sealed class TokenizerParts
{
    private readonly AddedTokenMatcher _rawMatcher;
    private readonly AddedTokenMatcher _normalizedMatcher;
    private readonly Normalizer? _normalizer;
    private readonly PreTokenizer? _preTokenizer;
    private readonly TokenModel _model;
    private readonly TokenDecoder? _decoder;

    public TokenizerParts(
        IReadOnlyList<AddedToken> added, Normalizer? normalizer, PreTokenizer? preTokenizer, TokenModel model, TokenTemplate template, TokenDecoder? decoder)
    {
        _normalizer = normalizer;
        _preTokenizer = preTokenizer;
        _model = model;
        _decoder = decoder;
        Template = template;
        Vocabulary = new Vocabulary(model.Ids, added);
        _rawMatcher = new AddedTokenMatcher(added.Where(token => !token.IsNormalized));
        _normalizedMatcher = new AddedTokenMatcher(added.Where(token => token.IsNormalized).Select(Normalized));
    }

    public Vocabulary Vocabulary { get; }

    public TokenTemplate Template { get; }

    /// <summary>Tokens of a text, without those of the template.</summary>
    public TokenizedText Tokenize(string text)
    {
        var tokens = new TokenizedText(text.Length / 3);
        var words = new List<AlignedText>();
        foreach ((AlignedText stretch, AddedToken? raw) in _rawMatcher.Split(new AlignedText(text)))
        {
            if (raw is not null)
            {
                tokens.Add(raw.Id, stretch.OriginalOf(0, stretch.Length));
                continue;
            }

            AlignedText normalized = _normalizer is null ? stretch : _normalizer.Apply(stretch);
            foreach ((AlignedText part, AddedToken? added) in _normalizedMatcher.Split(normalized))
            {
                if (added is not null)
                {
                    tokens.Add(added.Id, part.OriginalOf(0, part.Length));
                }
                else
                {
                    AddWords(part, words, tokens);
                }
            }
        }

        return tokens;
    }

    public string Decode(List<string> tokens) => _decoder is null ? string.Join(' ', tokens) : string.Concat(_decoder.Apply(tokens));

    private void AddWords(in AlignedText text, List<AlignedText> words, TokenizedText tokens)
    {
        words.Clear();
        if (_preTokenizer is null)
        {
            words.Add(text);
        }
        else
        {
            _preTokenizer.Split(text, words);
        }

        foreach (AlignedText word in words)
        {
            if (word.Length > 0)
            {
                foreach (ModelToken token in _model.Tokenize(word.Span))
                {
                    tokens.Add(token.Id, word.OriginalOf(token.Start, token.End));
                }
            }
        }
    }

    private AddedToken Normalized(AddedToken token) =>
        _normalizer is null ? token : token with { Text = _normalizer.Apply(new AlignedText(token.Text)).Span.ToString() };
}
