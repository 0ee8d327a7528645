using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace FastAlign.IO.Tokenizers;

/// <summary>SentencePiece's rules for control characters and odd spaces: the former are dropped, the latter become a space.</summary>
internal sealed class NmtNormalizer : Normalizer
{
    public override AlignedText Apply(in AlignedText text)
    {
        var builder = new AlignedTextBuilder(text.Length);
        ReadOnlySpan<char> span = text.Span;
        for (int i = 0; i < span.Length; i++)
        {
            if (span[i] is '\t' or '\n' or '\f' or '\r' or '\u1680' or (>= '\u200B' and <= '\u200F') or '\u2028' or '\u2029' or '\u2581' or '\uFEFF' or '\uFFFD')
            {
                builder.Append(" ", text[i]);
            }
            else if (span[i] is not ((>= '\u0001' and <= '\b') or '\v' or (>= '\u000E' and <= '\u001F') or '\u007F' or '\u008F' or '\u009F'))
            {
                builder.Copy(text, i, i + 1);
            }
        }

        return builder.Build(text.Origin);
    }
}

/// <summary>
/// SentencePiece's compiled normalisation map: a double-array trie (Darts) from UTF-8 keys to places in a list of UTF-8 texts, each ended by a zero byte.
/// </summary>
internal sealed class PrecompiledNormalizer : Normalizer
{
    /// <summary>Grapheme clusters of this many bytes and more are looked up character by character.</summary>
    private const int LongGraphemeBytes = 6;

    private readonly uint[] _trie;
    private readonly byte[] _texts;

    /// <param name="part">The map in base 64: the trie's size in bytes, its units (all little-endian 32-bit), the texts.</param>
    public PrecompiledNormalizer(JsonPart part)
    {
        byte[] map = part.Element.TryGetBytesFromBase64(out byte[]? bytes) ? bytes : throw part.Bad("base 64");
        int trieBytes = map.Length >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(map) : -1;
        if (trieBytes < 4 || trieBytes % 4 != 0 || trieBytes > map.Length - 4)
        {
            throw part.Bad("a map that holds its trie");
        }

        _trie = new uint[trieBytes / 4];
        for (int i = 0; i < _trie.Length; i++)
        {
            _trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(map.AsSpan(4 + (4 * i)));
        }

        _texts = map[(4 + trieBytes)..];
    }

    public override AlignedText Apply(in AlignedText text)
    {
        var runes = new List<RewrittenRune>(text.Length);
        bool isChanged = false;
        ReadOnlySpan<char> span = text.Span;
        for (int at = 0, length; at < span.Length; at += length)
        {
            length = StringInfo.GetNextTextElementLength(span[at..]);
            ReadOnlySpan<char> grapheme = span.Slice(at, length);
            if (Encoding.UTF8.GetByteCount(grapheme) < LongGraphemeBytes && Find(grapheme) is { } whole)
            {
                Replace(grapheme, whole, runes);
                isChanged = true;
                continue;
            }

            foreach (Rune rune in grapheme.EnumerateRunes())
            {
                string character = rune.ToString();
                if (Find(character) is { } part)
                {
                    Replace(character, part, runes);
                    isChanged = true;
                }
                else
                {
                    runes.Add(new RewrittenRune(rune.Value, 0));
                }
            }
        }

        return isChanged ? RewrittenRune.Apply(text, runes) : text;
    }

    // The last characters are the inserted ones, or the last one stands for those that are gone.
    private static void Replace(ReadOnlySpan<char> old, string text, List<RewrittenRune> runes)
    {
        Rune[] written = [.. text.EnumerateRunes()];
        int removed = -written.Length;
        foreach (Rune _ in old.EnumerateRunes())
        {
            removed++;
        }

        for (int i = 0; i < written.Length; i++)
        {
            int change = removed < 0 && i >= written.Length + removed ? 1 : removed > 0 && i == written.Length - 1 ? -removed : 0;
            runes.Add(new RewrittenRune(written[i].Value, change));
        }

        if (written.Length == 0 && runes.Count > 0)
        {
            runes[^1] = runes[^1] with { Change = runes[^1].Change - removed };
        }
    }

    // The text of the shortest key that begins `key`, as SentencePiece's port in Hugging Face tokenizers has it.
    private string? Find(ReadOnlySpan<char> key)
    {
        uint at = Offset(_trie[0]);
        foreach (byte b in Encoding.UTF8.GetBytes(key.ToArray()))
        {
            at ^= b;
            if (b == 0 || at >= _trie.Length || (_trie[at] & 0x800000FF) != b)
            {
                return null;
            }

            uint unit = _trie[at];
            at ^= Offset(unit);
            if ((unit & 0x100) != 0 && at < _trie.Length)
            {
                int start = (int)(_trie[at] & 0x7FFFFFFF);
                return start <= _texts.Length ? TextAt(start) : null;
            }
        }

        return null;
    }

    private string TextAt(int start)
    {
        ReadOnlySpan<byte> rest = _texts.AsSpan(start);
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
