namespace FastAlign.IO.Tokenizers;

/// <summary>What joining two tokens gives, and the rule's place in the list: smaller goes first.</summary>
internal readonly record struct BpeMerge(int Rank, int Id);

/// <summary>The merge rules by their pair of ids: a hash table with open addressing, since looking up pairs is most of the work of encoding.</summary>
/// <remarks>A <see cref="Dictionary{TKey,TValue}"/> of 64-bit keys hashes a pair to the exclusive or of its ids, which collides often.</remarks>
internal sealed class BpeMerges
{
    private const ulong Empty = ulong.MaxValue;
    private readonly ulong[] _keys;
    private readonly BpeMerge[] _merges;
    private readonly int _shift;

    /// <param name="rules">Left, right and joined id of each rule, in order. The last of two rules for the same pair holds.</param>
    public BpeMerges(IReadOnlyList<(int Left, int Right, int Joined)> rules)
    {
        int bits = int.Log2(rules.Count + 1) + 2;
        _shift = 64 - bits;
        _keys = new ulong[1 << bits];
        _merges = new BpeMerge[1 << bits];
        Array.Fill(_keys, Empty);
        for (int rank = 0; rank < rules.Count; rank++)
        {
            ulong key = Key(rules[rank].Left, rules[rank].Right);
            int slot = Slot(key);
            _keys[slot] = key;
            _merges[slot] = new BpeMerge(rank, rules[rank].Joined);
        }
    }

    public bool TryGet(int left, int right, out BpeMerge merge)
    {
        ulong key = Key(left, right);
        int slot = Slot(key);
        merge = _merges[slot];
        return _keys[slot] == key;
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    // Where the key is, or the empty slot where it would go. The table is at most half full, so there is one.
    private int Slot(ulong key)
    {
        int slot = (int)((key * 0x9E3779B97F4A7C15) >> _shift);
        while (_keys[slot] != key && _keys[slot] != Empty)
        {
            slot = (slot + 1) & (_keys.Length - 1);
        }

        return slot;
    }
}
