using FastAlign.Core;
using FastAlign.IO.Tokenizers;
using Xunit;

namespace FastAlign.Tests.Tokenizers;

/// <summary>What loading refuses, and that the message says where.</summary>
public sealed class TokenizerFileTests : IDisposable
{
    private const string Model = """{"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}""";
    private readonly string _folder = Directory.CreateTempSubdirectory("fastalign-tokenizer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void FromFile_SmallestFile_Encodes()
    {
        Tokenizer tokenizer = Tokenizer.FromFile(Write("tokenizer.json", $$"""{"model": {{Model}}}"""));

        Assert.Equal([2, 1, 0], tokenizer.EncodeIds("abba", addSpecialTokens: false));
    }

    [Theory]
    [InlineData("""{"model": {"type": "WordPiece"}}""", "model: WordPiece is not supported")]
    [InlineData("""{"model": MODEL, "normalizer": {"type": "BertNormalizer"}}""", "normalizer: BertNormalizer is not supported")]
    [InlineData("""{"model": MODEL, "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]}}""", "normalizer.normalizers[1]: Lowercase is not supported")]
    [InlineData("""{"model": MODEL, "pre_tokenizer": {"type": "Whitespace"}}""", "pre_tokenizer: Whitespace is not supported")]
    [InlineData("""{"model": MODEL, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "\\p{Han}+"}, "behavior": "Isolated"}}""", @"pattern \p{Han}+")]
    [InlineData("""{"model": MODEL, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "a++"}, "behavior": "Isolated"}}""", "pattern a++")]
    [InlineData("""{"model": MODEL, "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "Sideways"}}""", "behavior: Sideways is not supported")]
    [InlineData("""{"model": MODEL, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}, {"type": "Digits"}]}}""", "ByteLevel before another pre-tokenizer")]
    [InlineData("""{"model": MODEL, "decoder": {"type": "WordPiece"}}""", "decoder: WordPiece is not supported")]
    [InlineData("""{"model": MODEL, "post_processor": {"type": "BertProcessing"}}""", "post_processor: BertProcessing is not supported")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": [], "end_of_word_suffix": "</w>"}}""", "model.end_of_word_suffix: '</w>' is not supported")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": [], "dropout": 0.1}}""", "model.dropout: dropout is not supported")]
    public void FromFile_UnsupportedPart_IsRefusedByName(string json, string expected) => AssertRefused(json.Replace("MODEL", Model, StringComparison.Ordinal), expected);

    [Theory]
    [InlineData("{", "broken JSON")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"\uD83D": 0}, "merges": []}}""", "half of a surrogate pair")]
    [InlineData("[]", "root: expected an object, found Array")]
    [InlineData("{}", "expected a field model")]
    [InlineData("""{"model": {"type": "BPE", "merges": []}}""", "model: expected a field vocab")]
    [InlineData("""{"model": {"type": "BPE", "vocab": ["a"], "merges": []}}""", "model.vocab: expected an object of tokens and ids")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}""", "model.vocab['a']: expected a whole number of 0 or more, found -1")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": ["a b"]}}""", "model.merges[0]: merge of 'a' and 'b': expected tokens of the vocabulary, 'ab' is not one")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0, "ab": 1}, "merges": [["a", "b"]]}}""", "'b' is not one")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}""", "model.merges[0]: expected two tokens")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "?"}}""", "model.unk_token: expected a token of the vocabulary")]
    [InlineData("""{"model": {"type": "Unigram", "vocab": [["a", -1.0]], "unk_id": 1}}""", "model.unk_id: expected an id below 1, found 1")]
    [InlineData("""{"model": {"type": "Unigram", "vocab": [["a"]], "unk_id": 0}}""", "model.vocab[0]: expected a piece and its log-probability")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "added_tokens": [{"content": "<s>"}]}""", "added_tokens[0]: expected a field id")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}}""", "expected a map that holds its trie")]
    public void FromFile_BrokenFile_SaysWhatIsWrong(string json, string expected) => AssertRefused(json, expected);

    [Fact]
    public void Load_EmptyFolder_SaysWhatItLookedFor() =>
        Assert.Contains("expected tokenizer.json, or vocab.json and merges.txt", Assert.Throws<InputException>(() => Tokenizer.Load(_folder)).Message, StringComparison.Ordinal);

    [Fact]
    public void FromFile_MissingFile_NamesIt() =>
        Assert.Contains("nowhere.json: cannot be read", Assert.Throws<InputException>(() => Tokenizer.FromFile(Path.Combine(_folder, "nowhere.json"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_VocabWithoutMerges_NamesTheMissingFile()
    {
        Write("vocab.json", """{"a": 0}""");

        Assert.Contains("merges.txt: cannot be read", Assert.Throws<InputException>(() => Tokenizer.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#version: 0.2\na b\na c\n", "merges.txt:3: merge of 'a' and 'c'")]
    [InlineData("a b\nab\n", "merges.txt:2: expected two tokens, found 'ab'")]
    public void FromVocabAndMerges_BadRule_NamesTheLine(string merges, string expected)
    {
        string vocab = Write("vocab.json", """{"a": 0, "b": 1, "ab": 2}""");

        InputException refusal = Assert.Throws<InputException>(() => Tokenizer.FromVocabAndMerges(vocab, Write("merges.txt", merges)));

        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ChatTemplateAsAList_TakesTheDefaultOne()
    {
        Write("tokenizer.json", $$"""{"model": {{Model}}}""");
        Write("tokenizer_config.json", """{"chat_template": [{"name": "tool_use", "template": "x"}, {"name": "default", "template": "y"}]}""");

        Assert.Equal("y", Tokenizer.Load(_folder).ChatTemplate);
    }

    private void AssertRefused(string json, string expected)
    {
        string path = Write("tokenizer.json", json);

        InputException refusal = Assert.Throws<InputException>(() => Tokenizer.FromFile(path));

        Assert.StartsWith(path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
