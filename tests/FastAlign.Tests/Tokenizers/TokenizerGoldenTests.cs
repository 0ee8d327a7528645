using System.Text.Json;
using FastAlign.IO.Tokenizers;
using Xunit;

namespace FastAlign.Tests.Tokenizers;

/// <summary>Every tokenizer of the goldens against what Hugging Face tokenizers gave: all exact.</summary>
[Trait("Category", Goldens.Category)]
public sealed class TokenizerGoldenTests
{
    public static TheoryData<string> All => TokenizerGoldens.All;

    [Theory]
    [MemberData(nameof(All))]
    public void Encode_EveryText_GivesTheGoldenIds(string name)
    {
        Tokenizer tokenizer = TokenizerGoldens.Load(name);
        var wrong = new List<string>();

        foreach (JsonElement row in TokenizerGoldens.Encodings(name).GetProperty("encodings").EnumerateArray())
        {
            string text = TokenizerGoldens.Texts[row.GetProperty("t").GetInt32()];
            int[] ids = TokenizerGoldens.Ints(row.GetProperty("ids"));
            int[] withSpecial = row.TryGetProperty("ids_special", out JsonElement special) ? TokenizerGoldens.Ints(special) : ids;
            Note(wrong, text, "ids", ids, tokenizer.EncodeIds(text, addSpecialTokens: false));
            Note(wrong, text, "ids_special", withSpecial, tokenizer.EncodeIds(text, addSpecialTokens: true));
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong.Take(5)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Encode_EveryText_GivesTheGoldenOffsets(string name)
    {
        Tokenizer tokenizer = TokenizerGoldens.Load(name);
        var wrong = new List<string>();

        foreach (JsonElement row in TokenizerGoldens.Encodings(name).GetProperty("encodings").EnumerateArray())
        {
            string text = TokenizerGoldens.Texts[row.GetProperty("t").GetInt32()];
            int[] codePoints = CodePointOfUnit(text);
            int[] expected = [.. row.GetProperty("offsets").EnumerateArray().SelectMany(TokenizerGoldens.Ints)];
            int[] got = [.. tokenizer.Encode(text, addSpecialTokens: false).Offsets.SelectMany(span => new[] { codePoints[span.Start], codePoints[span.End] })];
            Note(wrong, text, "offsets", expected, got);
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong.Take(5)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Decode_IdsOfEveryText_GivesTheGoldenText(string name)
    {
        Tokenizer tokenizer = TokenizerGoldens.Load(name);

        foreach (JsonElement row in TokenizerGoldens.Encodings(name).GetProperty("encodings").EnumerateArray())
        {
            int[] ids = TokenizerGoldens.Ints(row.TryGetProperty("ids_special", out JsonElement special) ? special : row.GetProperty("ids"));
            AssertDecodes(tokenizer, ids, row);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Decode_RandomIdsAndTornBytes_GivesTheGoldenTextAndPieces(string name)
    {
        Tokenizer tokenizer = TokenizerGoldens.Load(name);

        foreach (JsonElement row in TokenizerGoldens.Encodings(name).GetProperty("decodes").EnumerateArray())
        {
            int[] ids = TokenizerGoldens.Ints(row.GetProperty("ids"));
            AssertDecodes(tokenizer, ids, row);
            AssertStreams(tokenizer, ids, skipSpecialTokens: true, row.GetProperty("chunks"));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void DecodeStream_EveryStream_GivesTheGoldenPieces(string name)
    {
        Tokenizer tokenizer = TokenizerGoldens.Load(name);

        foreach (JsonElement row in TokenizerGoldens.Encodings(name).GetProperty("streams").EnumerateArray())
        {
            AssertStreams(tokenizer, TokenizerGoldens.Ints(row.GetProperty("ids")), row.GetProperty("skip_special_tokens").GetBoolean(), row.GetProperty("chunks"));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void EncodePair_EveryPair_GivesTheGoldenColumns(string name)
    {
        Tokenizer tokenizer = TokenizerGoldens.Load(name);

        foreach (JsonElement row in TokenizerGoldens.Encodings(name).GetProperty("pairs").EnumerateArray())
        {
            TokenEncoding got = tokenizer.EncodePair(row.GetProperty("a").GetString()!, row.GetProperty("b").GetString()!, addSpecialTokens: true);

            Assert.Equal(TokenizerGoldens.Ints(row.GetProperty("ids")), got.Ids);
            Assert.Equal(TokenizerGoldens.Ints(row.GetProperty("type_ids")), got.TypeIds);
            Assert.Equal(row.GetProperty("sequence_ids").EnumerateArray().Select(id => id.ValueKind == JsonValueKind.Null ? -1 : id.GetInt32()), got.Sequences);
            Assert.Equal(TokenizerGoldens.Ints(row.GetProperty("special_tokens_mask")), got.Sequences.Select(sequence => sequence < 0 ? 1 : 0));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void VocabularySize_EveryTokenizer_IsTheGoldenOne(string name) =>
        Assert.Equal(TokenizerGoldens.Encodings(name).GetProperty("vocab_size_with_added").GetInt32(), TokenizerGoldens.Load(name).VocabularySize);

    private static void AssertDecodes(Tokenizer tokenizer, int[] ids, JsonElement row)
    {
        string decode = row.GetProperty("decode").GetString()!;
        string skipped = row.TryGetProperty("decode_skip", out JsonElement skip) ? skip.GetString()! : decode;

        Assert.Equal(decode, tokenizer.Decode(ids, skipSpecialTokens: false));
        Assert.Equal(skipped, tokenizer.Decode(ids, skipSpecialTokens: true));
    }

    // Where the library raises because earlier text would change, ours says so and goes on.
    private static void AssertStreams(Tokenizer tokenizer, int[] ids, bool skipSpecialTokens, JsonElement chunks)
    {
        DecodeStream stream = tokenizer.CreateDecodeStream(skipSpecialTokens);
        int i = 0;
        foreach (JsonElement chunk in chunks.EnumerateArray())
        {
            string? piece = stream.Step(ids[i++]);
            Assert.Equal(chunk.ValueKind == JsonValueKind.Object, stream.IsTorn);
            if (!stream.IsTorn)
            {
                Assert.Equal(chunk.GetString(), piece);
            }
        }
    }

    private static void Note(List<string> wrong, string text, string what, int[] expected, int[] got)
    {
        if (!expected.AsSpan().SequenceEqual(got))
        {
            wrong.Add($"{what} of {JsonSerializer.Serialize(text)}: expected [{string.Join(' ', expected)}], got [{string.Join(' ', got)}]");
        }
    }

    // Goldens count code points; entry i is how many begin before unit i.
    private static int[] CodePointOfUnit(string text)
    {
        var codePoints = new int[text.Length + 1];
        for (int i = 0; i < text.Length; i++)
        {
            codePoints[i + 1] = codePoints[i] + (char.IsHighSurrogate(text[i]) ? 0 : 1);
        }

        return codePoints;
    }
}
