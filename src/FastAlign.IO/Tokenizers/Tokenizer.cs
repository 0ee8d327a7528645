using FastAlign.Core;

namespace FastAlign.IO.Tokenizers;

/// <summary>
/// A Hugging Face tokenizer: text to token ids and back, as <c>tokenizer.json</c> describes it. Immutable but for a cache of words; safe to use from many threads.
/// </summary>
/// <remarks>
/// Encoding is a pipeline of small parts: added tokens are cut out, the text between them is normalised, split into words, and each word is
/// tokenised by the model; the template then adds special tokens. Decoding maps ids to token texts and runs the decoders over them.
/// Parts that are not supported are refused on loading, by name.
/// </remarks>
public sealed class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly SpecialTokenNames _names;

    internal Tokenizer(TokenizerParts parts, SpecialTokenNames names)
    {
        _parts = parts;
        _names = names;
    }

    /// <summary>Number of different tokens, added ones included. Ids need not be dense: a model's embedding may have more rows.</summary>
    public int VocabularySize => _parts.Vocabulary.Count;

    /// <summary>Starts a sequence; null if the tokenizer has none.</summary>
    public SpecialToken? BosToken => Named(_names.Bos);

    /// <summary>Ends a sequence.</summary>
    public SpecialToken? EosToken => Named(_names.Eos);

    /// <summary>Fills up a batch. Many language models have none; <see cref="EosToken"/> is the usual stand-in.</summary>
    public SpecialToken? PadToken => Named(_names.Pad);

    /// <summary>Stands for text that the vocabulary cannot express.</summary>
    public SpecialToken? UnknownToken => Named(_names.Unknown);

    /// <summary>The Jinja source of the chat template (<c>chat_template.jinja</c>, else the <c>chat_template</c> of <c>tokenizer_config.json</c>), or null.</summary>
    public string? ChatTemplate => _names.ChatTemplate;

    /// <summary>
    /// Reads a model folder: <c>tokenizer.json</c>, or <c>vocab.json</c> with <c>merges.txt</c>; and, where present,
    /// <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>, <c>chat_template.jinja</c>.
    /// </summary>
    /// <exception cref="InputException">A file is missing, broken, or asks for a part that is not supported.</exception>
    public static Tokenizer Load(string folder)
    {
        string json = Path.Combine(folder, "tokenizer.json");
        string vocab = Path.Combine(folder, "vocab.json");
        SpecialTokenNames names = SpecialTokenNames.Read(folder);
        return File.Exists(json) ? new Tokenizer(TokenizerJson.Read(json), names)
            : File.Exists(vocab) ? new Tokenizer(Gpt2Files.Read(vocab, Path.Combine(folder, "merges.txt")), names.Or(Gpt2Files.Names))
            : throw new InputException($"{folder}: expected tokenizer.json, or vocab.json and merges.txt; found neither");
    }

    /// <summary>Reads one <c>tokenizer.json</c>, without the files beside it: <see cref="BosToken"/> and its like are null.</summary>
    /// <exception cref="InputException">The file is missing, broken, or asks for a part that is not supported.</exception>
    public static Tokenizer FromFile(string path) => new(TokenizerJson.Read(path), new SpecialTokenNames());

    /// <summary>Reads the two files of GPT-2: byte-level BPE, <c>&lt;|endoftext|&gt;</c> as its only special token.</summary>
    /// <exception cref="InputException">A file is missing or broken.</exception>
    public static Tokenizer FromVocabAndMerges(string vocabPath, string mergesPath) => new(Gpt2Files.Read(vocabPath, mergesPath), Gpt2Files.Names);

    /// <summary>Tokens of a text with the characters that each covers.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addSpecialTokens">Whether the template's tokens (BOS and the like) are added. Special tokens written out in the text are always recognised.</param>
    public TokenEncoding Encode(string text, bool addSpecialTokens) => _parts.Template.Apply(_parts.Tokenize(text), null, addSpecialTokens);

    /// <summary>Tokens of two texts that belong together, joined as the template says.</summary>
    public TokenEncoding EncodePair(string first, string second, bool addSpecialTokens) =>
        _parts.Template.Apply(_parts.Tokenize(first), _parts.Tokenize(second), addSpecialTokens);

    /// <summary>Token ids of a text; as <see cref="Encode"/>.</summary>
    public int[] EncodeIds(string text, bool addSpecialTokens) => Encode(text, addSpecialTokens).Ids;

    /// <summary>The text of a token sequence. Bytes that form no character become U+FFFD. An id without a token (padding rows of an embedding) gives no text.</summary>
    /// <param name="ids">Token ids, 0 and above.</param>
    /// <param name="skipSpecialTokens">Whether tokens marked as special are left out.</param>
    /// <exception cref="InputException">An id is negative.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        foreach (int id in ids)
        {
            if (id < 0)
            {
                throw new InputException($"decode: expected token ids of 0 and above, found {id}");
            }
        }

        return _parts.Decode(ids, skipSpecialTokens);
    }

    /// <summary>Decodes a sequence while it grows.</summary>
    public DecodeStream CreateDecodeStream(bool skipSpecialTokens) => new(this, skipSpecialTokens);

    /// <summary>Id of the token with exactly this text, or null.</summary>
    public int? TokenToId(string token) => _parts.Vocabulary.Id(token);

    /// <summary>Text of a token as the vocabulary spells it (byte-level tokens in their alphabet), or null.</summary>
    public string? IdToToken(int id) => _parts.Vocabulary.Text(id);

    /// <summary>Whether the token is marked as special, so that decoding may skip it.</summary>
    public bool IsSpecial(int id) => _parts.Vocabulary.IsSpecial(id);

    private SpecialToken? Named(string? text) => text is not null && TokenToId(text) is { } id ? new SpecialToken(id, text) : null;
}
