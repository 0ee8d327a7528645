using System.Text;

namespace FastAlign.IO.Tokenizers;

/// <summary>
/// The unigram language model (Kudo, 2018, arXiv:1804.10959): of all ways to cut a word into pieces of the vocabulary, the one with the largest sum of
/// log-probabilities, found by dynamic programming over the word's positions (Viterbi).
/// </summary>
internal sealed class UnigramModel : TokenModel
{
    /// <summary>How far below the rarest piece an unknown character scores, in nats; SentencePiece's constant.</summary>
    private const double UnknownPenalty = 10;

    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int _unknownId;
    private readonly int _longest;
    private readonly int[]? _idOfByte;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idOf;

    /// <param name="pieces">Pieces with their log-probabilities; a piece's place is its id. Of equal pieces the last holds.</param>
    /// <param name="unknownId">Stands for runs of unknown characters.</param>
    /// <param name="hasByteFallback">Such a run becomes its UTF-8 bytes, if the vocabulary spells all of them (<c>&lt;0xNN&gt;</c>).</param>
    public UnigramModel(IReadOnlyList<(string Text, double Score)> pieces, int unknownId, bool hasByteFallback)
    {
        Ids = new Dictionary<string, int>(pieces.Count, StringComparer.Ordinal);
        for (int id = 0; id < pieces.Count; id++)
        {
            Ids[pieces[id].Text] = id;
        }

        _idOf = Ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _scores = [.. pieces.Select(piece => piece.Score)];
        _unknownScore = _scores.Min() - UnknownPenalty;
        _unknownId = unknownId;
        _longest = pieces.Max(piece => piece.Text.Length);
        _idOfByte = hasByteFallback ? [.. Enumerable.Range(0, 256).Select(b => Ids.GetValueOrDefault($"<0x{b:X2}>", -1))] : null;
    }

    public override Dictionary<string, int> Ids { get; }

    public override ModelToken[] Tokenize(ReadOnlySpan<char> word)
    {
        BestPiece[] best = FindBest(word);
        var tokens = new List<ModelToken>();
        for (int end = word.Length; end > 0; end = best[end].Start)
        {
            tokens.Add(new ModelToken(best[end].Id, best[end].Start, end));
        }

        tokens.Reverse();
        FuseUnknown(word, tokens);
        return [.. tokens];
    }

    // best[end]: the last piece of the best way to cut word[..end]; of equal ways the one found first, with the earliest start of its last piece.
    private BestPiece[] FindBest(ReadOnlySpan<char> word)
    {
        var best = new BestPiece[word.Length + 1];
        best.AsSpan(1).Fill(new BestPiece(-1, -1, double.NegativeInfinity));
        for (int start = 0, units; start < word.Length; start += units)
        {
            Rune.DecodeFromUtf16(word[start..], out _, out units);
            bool isKnown = false;
            for (int length = 1; length <= Math.Min(_longest, word.Length - start); length++)
            {
                if (_idOf.TryGetValue(word.Slice(start, length), out int id))
                {
                    isKnown |= length == units;
                    Offer(ref best[start + length], new BestPiece(id, start, best[start].Score + _scores[id]));
                }
            }

            if (!isKnown)
            {
                Offer(ref best[start + units], new BestPiece(_unknownId, start, best[start].Score + _unknownScore));
            }
        }

        return best;
    }

    private static void Offer(ref BestPiece best, BestPiece piece) => best = best.Start < 0 || piece.Score > best.Score ? piece : best;

    // Neighbouring unknown characters become one token, or all their bytes; each byte stands for the whole run.
    private void FuseUnknown(ReadOnlySpan<char> word, List<ModelToken> tokens)
    {
        for (int first = 0; first < tokens.Count; first++)
        {
            if (tokens[first].Id != _unknownId)
            {
                continue;
            }

            int count = 1;
            while (first + count < tokens.Count && tokens[first + count].Id == _unknownId)
            {
                count++;
            }

            (int start, int end) = (tokens[first].Start, tokens[first + count - 1].End);
            int[]? bytes = Bytes(word[start..end]);
            tokens.RemoveRange(first, count);
            tokens.InsertRange(first, (bytes ?? [_unknownId]).Select(id => new ModelToken(id, start, end)));
            first += (bytes?.Length ?? 1) - 1;
        }
    }

    private int[]? Bytes(ReadOnlySpan<char> text)
    {
        if (_idOfByte is null || _idOf.ContainsKey(text))
        {
            return null;
        }

        int[] ids = Array.ConvertAll(Encoding.UTF8.GetBytes(text.ToArray()), b => _idOfByte[b]);
        return ids.Contains(-1) ? null : ids;
    }

    private readonly record struct BestPiece(int Id, int Start, double Score);
}
