using System.Globalization;
using System.Text;
using FastAlign.Core;
using FastAlign.IO.Tokenizers;
using Xunit;

namespace FastAlign.Tests.Tokenizers;

/// <summary>The public face of <see cref="Tokenizer"/>, on a real byte-level vocabulary.</summary>
[Trait("Category", Goldens.Category)]
public sealed class TokenizerTests
{
    private static readonly Tokenizer Gpt2 = Tokenizer.Load(Goldens.DataPath("tokenizers", "gpt2"));

    [Fact]
    public void Offsets_OfAPair_AreUtf16Units()
    {
        const string text = "hi \U0001F600!";

        TokenEncoding encoding = Gpt2.Encode(text, addSpecialTokens: false);

        Assert.Equal([new(0, 2), new(2, 5), new(3, 5), new(5, 6)], encoding.Offsets);
        Assert.Equal("!", text[encoding.Offsets[^1].Start..encoding.Offsets[^1].End]);
    }

    [Fact]
    public void TokenToId_EveryId_ComesBack()
    {
        for (int id = 0; id < Gpt2.VocabularySize; id++)
        {
            Assert.Equal(id, Gpt2.TokenToId(Gpt2.IdToToken(id)!));
        }
    }

    [Fact]
    public void IdToToken_OutOfRange_IsNull()
    {
        Assert.Null(Gpt2.IdToToken(Gpt2.VocabularySize));
        Assert.Null(Gpt2.IdToToken(-1));
        Assert.Null(Gpt2.TokenToId("no such token"));
    }

    [Fact]
    public void Decode_IdWithoutToken_GivesNoText() => Assert.Equal("Hello", Gpt2.Decode([15496, 60_000], skipSpecialTokens: false));

    [Fact]
    public void Decode_NegativeId_IsRefused() =>
        Assert.Contains("found -100", Assert.Throws<InputException>(() => Gpt2.Decode([15496, -100], skipSpecialTokens: true)).Message, StringComparison.Ordinal);

    [Fact]
    public void Encode_LoneSurrogate_IsTheReplacementCharacter() =>
        Assert.Equal(Gpt2.EncodeIds("a\uFFFDb", false), Gpt2.EncodeIds("a\uD83Db", false));

    // One word of 200,000 letters: with a quadratic search for the next merge this would take minutes.
    [Fact]
    public void Encode_VeryLongWord_ComesBack()
    {
        string text = string.Concat(Enumerable.Range(0, 200_000).Select(i => (char)('a' + (i * 7919 % 26))));

        Assert.Equal(text, Gpt2.Decode(Gpt2.EncodeIds(text, addSpecialTokens: false), skipSpecialTokens: true));
    }

    [Fact]
    public void DecodeStream_IncompleteCharacterAtTheEnd_ComesWithTheFlush()
    {
        int[] ids = Gpt2.EncodeIds("a\U0001F600", addSpecialTokens: false);
        DecodeStream stream = Gpt2.CreateDecodeStream(skipSpecialTokens: true);

        var text = new StringBuilder();
        foreach (int id in ids[..^1])
        {
            text.Append(stream.Step(id));
        }

        Assert.Equal("a", text.ToString());
        Assert.Equal("\uFFFD", stream.Flush());
        Assert.Equal("", stream.Flush());
        Assert.False(stream.IsTorn);
    }

    [Fact]
    public void StandIns_EachCategory_IsItsOwn()
    {
        foreach (UnicodeCategory category in Enum.GetValues<UnicodeCategory>())
        {
            Assert.Equal(category, CharUnicodeInfo.GetUnicodeCategory(SplitPattern.StandIns[(int)category]));
        }
    }
}
