namespace FastAlign.IO.Tokenizers;

/// <summary>Token texts and ids: those of the model with the added ones over them.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _modelIds;
    private readonly Dictionary<int, string> _texts;
    private readonly Dictionary<string, int> _addedIds = new(StringComparer.Ordinal);
    private readonly HashSet<int> _special = [];

    public Vocabulary(Dictionary<string, int> modelIds, IReadOnlyList<AddedToken> added)
    {
        Added = added;
        _modelIds = modelIds;
        _texts = new Dictionary<int, string>(modelIds.Count + added.Count);
        foreach ((string text, int id) in modelIds)
        {
            _texts[id] = text;
        }

        Count = modelIds.Count;
        foreach (AddedToken token in added)
        {
            Count += modelIds.ContainsKey(token.Text) || _addedIds.ContainsKey(token.Text) ? 0 : 1;
            _addedIds[token.Text] = token.Id;
            _texts[token.Id] = token.Text;
            if (token.IsSpecial)
            {
                _special.Add(token.Id);
            }
        }
    }

    public IReadOnlyList<AddedToken> Added { get; }

    public int Count { get; }

    public int? Id(string text) => _addedIds.TryGetValue(text, out int id) || _modelIds.TryGetValue(text, out id) ? id : null;

    public string? Text(int id) => _texts.GetValueOrDefault(id);

    public bool IsSpecial(int id) => _special.Contains(id);
}
