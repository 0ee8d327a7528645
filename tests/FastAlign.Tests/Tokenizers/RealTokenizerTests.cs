using System.Text.Json;
using FastAlign.IO.Tokenizers;
using Xunit;

namespace FastAlign.Tests.Tokenizers;

/// <summary>Published tokenizers against ids that other programs gave: llama.cpp, llama2.c, @huggingface/tokenizers.</summary>
[Trait("Category", Goldens.Category)]
public sealed class RealTokenizerTests
{
    [Theory]
    [InlineData("gpt2")]
    [InlineData("phi3")]
    public void EncodeIds_TextsOfLlamaCpp_GivesItsIds(string name)
    {
        Tokenizer tokenizer = Tokenizer.Load(Goldens.DataPath("tokenizers", name));
        string[] texts = File.ReadAllText(Goldens.DataPath("tokenizers", name, "golden.inp")).Split("\n__ggml_vocab_test__\n")[..^1];
        string[] lines = File.ReadAllLines(Goldens.DataPath("tokenizers", name, "golden.out"));

        Assert.Equal(lines.Length, texts.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            int[] expected = [.. lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            Assert.Equal(expected, tokenizer.EncodeIds(texts[i], addSpecialTokens: false));
        }
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("phi3")]
    public void EncodeIds_TwentyThousandCharacters_GivesTheGoldenIdsAndComesBack(string name)
    {
        Tokenizer tokenizer = Tokenizer.Load(Goldens.DataPath("tokenizers", name));
        string text = File.ReadAllText(Goldens.DataPath("tinyshakespeare", "input.txt"))[..20_000];
        JsonElement golden = JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(Goldens.DataPath("tokenizers", name, "shakespeare_20000.ids.json")));

        int[] ids = tokenizer.EncodeIds(text, golden.GetProperty("add_special_tokens").GetBoolean());

        Assert.Equal(TokenizerGoldens.Ints(golden.GetProperty("ids")), ids);
        Assert.Equal(text, tokenizer.Decode(ids, skipSpecialTokens: true));
    }

    [Fact]
    public void EncodeIds_TextsOfLlama2C_GivesItsIds()
    {
        Tokenizer tokenizer = Tokenizer.Load(Goldens.DataPath("stories260k", "hf"));
        JsonElement golden = JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(Goldens.DataPath("stories260k", "hf", "golden_tokenization.json")));

        foreach (JsonElement row in golden.EnumerateArray())
        {
            Assert.Equal(TokenizerGoldens.Ints(row.GetProperty("ids")), tokenizer.EncodeIds(row.GetProperty("text").GetString()!, addSpecialTokens: true));
        }
    }

    [Fact]
    public void Load_Phi3_KnowsItsSpecialTokensAndTemplate()
    {
        Tokenizer tokenizer = Tokenizer.Load(Goldens.DataPath("tokenizers", "phi3"));

        Assert.Equal(new SpecialToken(1, "<s>"), tokenizer.BosToken);
        Assert.Equal(new SpecialToken(32000, "<|endoftext|>"), tokenizer.EosToken);
        Assert.Equal(new SpecialToken(32000, "<|endoftext|>"), tokenizer.PadToken);
        Assert.Equal(new SpecialToken(0, "<unk>"), tokenizer.UnknownToken);
        Assert.True(tokenizer.IsSpecial(32000));
        Assert.False(tokenizer.IsSpecial(15043));
        Assert.StartsWith("{% for message in messages %}", tokenizer.ChatTemplate, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Gpt2WithoutConfig_HasItsOneSpecialToken()
    {
        Tokenizer tokenizer = Tokenizer.Load(Goldens.DataPath("tokenizers", "gpt2"));

        Assert.Equal(new SpecialToken(50256, "<|endoftext|>"), tokenizer.EosToken);
        Assert.Equal(tokenizer.EosToken, tokenizer.BosToken);
        Assert.Null(tokenizer.PadToken);
        Assert.Null(tokenizer.ChatTemplate);
    }

    [Fact]
    public void Load_FolderWithJinjaFile_TakesTheTemplateFromIt()
    {
        Tokenizer tokenizer = TokenizerGoldens.Load("bpe-qwen2");

        Assert.Equal(File.ReadAllText(Goldens.Path("text", "tokenizers", "bpe-qwen2", "chat_template.jinja")), tokenizer.ChatTemplate);
    }
}
