using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace FastAlign.IO.Tokenizers;

/// <summary>
/// Byte-pair encoding (Sennrich et al., 2016, arXiv:1508.07909): a word begins as its characters or bytes, and of all neighbours that have a merge rule
/// the pair with the first rule is joined, the leftmost of several, until no rule applies.
/// </summary>
/// <remarks>
/// Neighbours wait in a priority queue over a linked list: O(n log n) in the length of a word. Words up to <see cref="MaxCachedLength"/> units are remembered.
/// SentencePiece models have no pre-tokenizer: a whole text is one word. Where no rule joins a character to a mark (U+2581) after it, no token can
/// span that border (an unknown token takes the place of what the vocabulary lacks, so nothing closes up over it). The text is then tokenised mark by
/// mark: the result is the same, and the cache is of use (phi3: 18 times as fast).
/// </remarks>
internal sealed class BpeModel : TokenModel
{
    private const char Mark = '\u2581';
    private const int MaxCachedLength = 256;
    private const int MaxCachedWords = 1 << 16;

    private readonly BpeOptions _options;
    private readonly BpeMerges _merges;
    private readonly bool _splitsAtMarks;
    private readonly int[] _idOfChar = new int[char.MaxValue + 1];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idOf;
    private readonly ConcurrentDictionary<string, ModelToken[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ModelToken[]>.AlternateLookup<ReadOnlySpan<char>> _cached;
    private readonly int[] _idOfByte = new int[256];
    private int _cachedWords;

    /// <param name="ids">Token texts and ids.</param>
    /// <param name="rules">Left, right and joined id of each merge rule, in order.</param>
    /// <param name="options">What becomes of text that the vocabulary does not have.</param>
    public BpeModel(Dictionary<string, int> ids, IReadOnlyList<(int Left, int Right, int Joined)> rules, BpeOptions options)
    {
        Ids = ids;
        _merges = new BpeMerges(rules);
        _options = options;
        _idOf = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _cached = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int b = 0; b < 256; b++)
        {
            string token = options.IsByteLevel ? ByteAlphabet.ToChar((byte)b).ToString() : $"<0x{b:X2}>";
            _idOfByte[b] = (options.IsByteLevel || options.HasByteFallback) && ids.TryGetValue(token, out int id) ? id : -1;
        }

        Array.Fill(_idOfChar, -1);
        var joined = new HashSet<int>(rules.Select(rule => rule.Joined));
        _splitsAtMarks = !options.IsByteLevel && !options.TakesWholeWords && options.UnknownId is not null && ids.ContainsKey(Mark.ToString());
        foreach ((string text, int id) in ids)
        {
            if (text.Length == 1)
            {
                _idOfChar[text[0]] = id;
            }

            _splitsAtMarks &= !(joined.Contains(id) && text.AsSpan().TrimStart(Mark).Contains(Mark));
        }
    }

    public override Dictionary<string, int> Ids { get; }

    public override ModelToken[] Tokenize(ReadOnlySpan<char> word)
    {
        if (!_splitsAtMarks || NextBorder(word, 0) == word.Length)
        {
            return TokenizeWord(word);
        }

        var tokens = new List<ModelToken>(word.Length / 2);
        for (int start = 0, end; start < word.Length; start = end)
        {
            end = NextBorder(word, start);
            foreach (ModelToken token in TokenizeWord(word[start..end]))
            {
                tokens.Add(new ModelToken(token.Id, start + token.Start, start + token.End));
            }
        }

        return [.. tokens];
    }

    // The next place after start where a mark follows another character, or the end.
    private static int NextBorder(ReadOnlySpan<char> word, int start)
    {
        int first = word[start..].IndexOfAnyExcept(Mark);
        int next = first < 0 ? -1 : word[(start + first)..].IndexOf(Mark);
        return next < 0 ? word.Length : start + first + next;
    }

    private ModelToken[] TokenizeWord(ReadOnlySpan<char> word)
    {
        if (word.Length > MaxCachedLength)
        {
            return Compute(word);
        }

        if (!_cached.TryGetValue(word, out ModelToken[]? tokens))
        {
            tokens = Compute(word);
            if (_cachedWords < MaxCachedWords && _cached.TryAdd(word, tokens))
            {
                Interlocked.Increment(ref _cachedWords);
            }
        }

        return tokens;
    }

    private ModelToken[] Compute(ReadOnlySpan<char> word)
    {
        if (_options.TakesWholeWords && WholeWord(word) is { } id)
        {
            return [new ModelToken(id, 0, word.Length)];
        }

        var symbols = new List<BpeSymbol>(word.Length);
        AddSymbols(word, symbols);
        Span<BpeSymbol> chain = CollectionsMarshal.AsSpan(symbols);
        for (int i = 0; i < chain.Length; i++)
        {
            chain[i].Previous = i - 1;
            chain[i].Next = i + 1 < chain.Length ? i + 1 : -1;
        }

        return MergeAll(chain);
    }

    private int? WholeWord(ReadOnlySpan<char> word)
    {
        if (!_options.IsByteLevel)
        {
            return _idOf.TryGetValue(word, out int id) ? id : null;
        }

        string spelled = string.Concat(Encoding.UTF8.GetBytes(word.ToArray()).Select(ByteAlphabet.ToChar));
        return Ids.TryGetValue(spelled, out int found) ? found : null;
    }

    private void AddSymbols(ReadOnlySpan<char> word, List<BpeSymbol> symbols)
    {
        Span<byte> utf8 = stackalloc byte[4];
        bool followsUnknown = false;
        for (int start = 0, units; start < word.Length; start += units)
        {
            Rune.DecodeFromUtf16(word[start..], out Rune rune, out units);
            if (!_options.IsByteLevel && IdOf(word.Slice(start, units)) is >= 0 and int id)
            {
                symbols.Add(new BpeSymbol { Id = id, Start = start, End = start + units });
                followsUnknown = false;
                continue;
            }

            ReadOnlySpan<byte> bytes = utf8[..rune.EncodeToUtf8(utf8)];
            if (HasAll(bytes))
            {
                foreach (byte b in bytes)
                {
                    symbols.Add(new BpeSymbol { Id = _idOfByte[b], Start = start, End = start + units });
                }

                followsUnknown = false;
            }
            else if (followsUnknown && _options.FusesUnknown)
            {
                CollectionsMarshal.AsSpan(symbols)[^1].End = start + units;
            }
            else if (_options.UnknownId is { } unknown)
            {
                symbols.Add(new BpeSymbol { Id = unknown, Start = start, End = start + units });
                followsUnknown = true;
            }
        }
    }

    private int IdOf(ReadOnlySpan<char> character) =>
        character.Length == 1 ? _idOfChar[character[0]] : _idOf.TryGetValue(character, out int id) ? id : -1;

    private bool HasAll(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            if (_idOfByte[b] < 0)
            {
                return false;
            }
        }

        return true;
    }

    // A queued pair may be out of date when its turn comes: it is dropped if its left symbol is gone or the pair is no longer the one that was queued.
    private ModelToken[] MergeAll(Span<BpeSymbol> chain)
    {
        var queue = new PriorityQueue<int, ulong>();
        for (int i = 0; i + 1 < chain.Length; i++)
        {
            Enqueue(queue, chain, i);
        }

        int count = chain.Length;
        while (queue.TryDequeue(out int mergedId, out ulong priority))
        {
            int at = (int)(uint)priority;
            ref BpeSymbol left = ref chain[at];
            if (left.Id < 0 || left.Next < 0
                || !_merges.TryGet(left.Id, chain[left.Next].Id, out BpeMerge merge) || merge.Id != mergedId)
            {
                continue;
            }

            ref BpeSymbol right = ref chain[left.Next];
            left.Id = mergedId;
            left.End = right.End;
            left.Next = right.Next;
            right.Id = -1;
            count--;
            if (left.Next >= 0)
            {
                chain[left.Next].Previous = at;
                Enqueue(queue, chain, at);
            }

            if (left.Previous >= 0)
            {
                Enqueue(queue, chain, left.Previous);
            }
        }

        var tokens = new ModelToken[count];
        for (int i = 0, at = 0; i < count; i++, at = chain[at].Next)
        {
            tokens[i] = new ModelToken(chain[at].Id, chain[at].Start, chain[at].End);
        }

        return tokens;
    }

    private void Enqueue(PriorityQueue<int, ulong> queue, ReadOnlySpan<BpeSymbol> chain, int at)
    {
        if (_merges.TryGet(chain[at].Id, chain[chain[at].Next].Id, out BpeMerge merge))
        {
            queue.Enqueue(merge.Id, ((ulong)(uint)merge.Rank << 32) | (uint)at);
        }
    }

    private record struct BpeSymbol(int Id, int Start, int End, int Previous, int Next);
}
