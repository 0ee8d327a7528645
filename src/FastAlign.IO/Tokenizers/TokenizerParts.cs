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

    // Added tokens that are matched in normalised text are decoded from it too: the decoders undo what the normalizer did.
    private readonly Dictionary<int, string> _normalizedTexts = [];

    public TokenizerParts(
        Vocabulary vocabulary, Normalizer? normalizer, PreTokenizer? preTokenizer, TokenModel model, TokenTemplate template, TokenDecoder? decoder)
    {
        _normalizer = normalizer;
        _preTokenizer = preTokenizer;
        _model = model;
        _decoder = decoder;
        Template = template;
        Vocabulary = vocabulary;
        _rawMatcher = new AddedTokenMatcher(vocabulary.Added.Where(token => !token.IsNormalized));
        AddedToken[] normalized = [.. vocabulary.Added.Where(token => token.IsNormalized).Select(Normalized)];
        _normalizedMatcher = new AddedTokenMatcher(normalized);
        foreach (AddedToken token in normalized)
        {
            _normalizedTexts[token.Id] = token.Text;
        }
    }

    public Vocabulary Vocabulary { get; }

    public TokenTemplate Template { get; }

    /// <summary>Tokens of a text, without those of the template.</summary>
    public TokenizedText Tokenize(string text)
    {
        var tokens = new TokenizedText(text);
        var words = new List<AlignedText>();
        foreach ((AlignedText stretch, AddedToken? raw) in _rawMatcher.Split(new AlignedText(text)))
        {
            if (raw is not null)
            {
                tokens.AddFound(raw.Id, stretch);
                continue;
            }

            AlignedText normalized = _normalizer is null ? stretch : _normalizer.Apply(stretch);
            foreach ((AlignedText part, AddedToken? added) in _normalizedMatcher.Split(normalized))
            {
                if (added is not null)
                {
                    tokens.AddFound(added.Id, part);
                }
                else
                {
                    AddWords(part, words, tokens);
                }
            }
        }

        return tokens;
    }

    /// <summary>The text of a token sequence; ids without a token give none.</summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
        {
            if ((_normalizedTexts.GetValueOrDefault(id) ?? Vocabulary.Text(id)) is { } token && !(skipSpecialTokens && Vocabulary.IsSpecial(id)))
            {
                tokens.Add(token);
            }
        }

        return _decoder is null ? string.Join(' ', tokens) : string.Concat(_decoder.Apply(tokens));
    }

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
