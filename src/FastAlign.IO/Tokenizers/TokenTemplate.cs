namespace FastAlign.IO.Tokenizers;

/// <summary>The post-processor: where special tokens stand around one text or two, and whether offsets leave out white space.</summary>
internal sealed class TokenTemplate
{
    private static readonly TemplatePiece[] TextAlone = [new(0, 0, 0)];

    /// <summary>A template that adds nothing.</summary>
    public static TokenTemplate Plain { get; } = new();

    /// <summary>What stands where for one text; by default the text alone.</summary>
    public IReadOnlyList<TemplatePiece> Single { get; init; } = TextAlone;

    /// <summary>What stands where for a pair; by default the two texts as segments 0 and 1.</summary>
    public IReadOnlyList<TemplatePiece> Pair { get; init; } = [new(0, 0, 0), new(1, 0, 1)];

    /// <summary>Whether the template says itself what stands where.</summary>
    public bool Places => !ReferenceEquals(Single, TextAlone);

    /// <summary>Trims white space off offsets, or null.</summary>
    public OffsetTrimmer? Trimmer { get; init; }

    public TokenEncoding Apply(TokenizedText first, TokenizedText? second, bool addSpecialTokens)
    {
        Trimmer?.Apply(first);
        if (second is not null)
        {
            Trimmer?.Apply(second);
        }

        var ids = new List<int>(first.Ids.Count + (second?.Ids.Count ?? 0) + 4);
        var offsets = new List<TextSpan>(ids.Capacity);
        var types = new List<int>(ids.Capacity);
        var sequences = new List<int>(ids.Capacity);
        foreach (TemplatePiece piece in second is null ? Single : Pair)
        {
            if (piece.Sequence >= 0)
            {
                TokenizedText text = piece.Sequence == 0 ? first : second!;
                ids.AddRange(text.Ids);
                offsets.AddRange(text.Offsets);
                types.AddRange(Enumerable.Repeat(piece.TypeId, text.Ids.Count));
                sequences.AddRange(Enumerable.Repeat(piece.Sequence, text.Ids.Count));
            }
            else if (addSpecialTokens)
            {
                ids.Add(piece.TokenId);
                offsets.Add(default);
                types.Add(piece.TypeId);
                sequences.Add(-1);
            }
        }

        return new TokenEncoding([.. ids], [.. offsets], [.. types], [.. sequences]);
    }
}

/// <summary>One place of a template: text 0 or 1, or (<paramref name="Sequence"/> = -1) the special token <paramref name="TokenId"/>.</summary>
internal readonly record struct TemplatePiece(int Sequence, int TokenId, int TypeId);
