using FastAlign.Core;

namespace FastAlign.IO.Tokenizers;

/// <summary>Reads <c>vocab.json</c> and <c>merges.txt</c>, the two files of GPT-2's tokenizer.</summary>
internal static class Gpt2Files
{
    private const string EndOfText = "<|endoftext|>";

    /// <summary>GPT-2's one special token has all roles but padding.</summary>
    public static SpecialTokenNames Names { get; } = new() { Bos = EndOfText, Eos = EndOfText, Unknown = EndOfText };

    public static TokenizerParts Read(string vocabPath, string mergesPath) => throw new InputException($"{vocabPath}: byte-level BPE is not supported ({mergesPath})");
}
