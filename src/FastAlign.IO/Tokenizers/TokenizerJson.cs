using System.Text.Json;
using FastAlign.Core;

namespace FastAlign.IO.Tokenizers;

/// <summary>Reads <c>tokenizer.json</c>: each part by its <c>type</c>. The sections on truncation and padding are the batch's affair and are left aside.</summary>
internal static class TokenizerJson
{
    public static TokenizerParts Read(string path)
    {
        using JsonDocument document = JsonFile.Parse(path);
        try
        {
            return Parts(new JsonPart(path, "", document.RootElement));
        }
        catch (InvalidOperationException e)
        {
            throw new InputException($"{path}: expected Unicode text, found half of a surrogate pair", e);
        }
    }

    private static TokenizerParts Parts(JsonPart root)
    {
        AddedToken[] added = root.Find("added_tokens") is { } list ? [.. list.Items().Select(Added)] : [];
        JsonPart? split = root.Find("pre_tokenizer");
        bool isByteLevel = split is { } last && EndsInBytes(last);
        TokenModel model = Model(root.Get("model"), isByteLevel);
        var vocabulary = new Vocabulary(model.Ids, added);
        return new TokenizerParts(
            vocabulary,
            root.Find("normalizer") is { } normalizer ? Normalizer(normalizer) : null,
            split is { } part ? PreTokenizer(part, isLast: true) : null,
            model,
            root.Find("post_processor") is { } template ? TemplateReader.Read(template, vocabulary.Text) : TokenTemplate.Plain,
            root.Find("decoder") is { } decoder ? Decoder(decoder) : null);
    }

    private static AddedToken Added(JsonPart token) => new(
        token.Get("id").AsInt(),
        token.String("content"),
        IsSpecial: token.Flag("special", false),
        IsNormalized: token.Flag("normalized", true),
        IsSingleWord: token.Flag("single_word", false),
        StripsLeft: token.Flag("lstrip", false),
        StripsRight: token.Flag("rstrip", false));

    // Files of 2020 and before leave the type of a BPE model out.
    private static TokenModel Model(JsonPart part, bool isByteLevel) => (part.Find("type")?.AsString() ?? (part.Find("merges") is null ? "?" : "BPE")) switch
    {
        "BPE" => BpeReader.Read(part, isByteLevel),
        "Unigram" when !isByteLevel => Unigram(part),
        string kind => throw part.Unsupported(kind),
    };

    private static UnigramModel Unigram(JsonPart part)
    {
        (string, double)[] pieces = [.. part.Get("vocab").Items().Select(item => item.Items().ToArray() is [var text, var score]
            ? (text.AsString(), score.AsNumber()) : throw item.Bad("a piece and its log-probability"))];
        JsonPart unknown = part.Get("unk_id");
        return unknown.AsInt() < pieces.Length ? new UnigramModel(pieces, unknown.AsInt(), part.Flag("byte_fallback", false))
            : throw unknown.Bad($"an id below {pieces.Length}");
    }

    private static Normalizer Normalizer(JsonPart part) => part.String("type") switch
    {
        "Sequence" => new NormalizerSequence([.. part.Get("normalizers").Items().Select(Normalizer)]),
        "NFC" => new UnicodeNormalizer(isCompatible: false, composes: true),
        "NFD" => new UnicodeNormalizer(isCompatible: false, composes: false),
        "NFKC" => new UnicodeNormalizer(isCompatible: true, composes: true),
        "NFKD" => new UnicodeNormalizer(isCompatible: true, composes: false),
        "Nmt" => new NmtNormalizer(),
        "Precompiled" => new PrecompiledNormalizer(part.Get("precompiled_charsmap")),
        "Prepend" => new PrependNormalizer(part.String("prepend")),
        "Strip" => new StripNormalizer(part.Flag("strip_left", true), part.Flag("strip_right", true)),
        "Replace" => new ReplaceNormalizer(SplitPattern.Read(part.Get("pattern")), part.String("content")),
        string kind => throw part.Unsupported(kind),
    };

    private static bool EndsInBytes(JsonPart part) => part.String("type") switch
    {
        "ByteLevel" => true,
        "Sequence" => part.Get("pretokenizers").Items().ToArray() is [.., var last] && EndsInBytes(last),
        _ => false,
    };

    private static PreTokenizer PreTokenizer(JsonPart part, bool isLast) => part.String("type") switch
    {
        "Sequence" => PreTokenizers(part.Get("pretokenizers").Items().ToArray(), isLast),
        "Split" => new PatternSplit(SplitPattern.Read(part.Get("pattern")), Behavior(part.Get("behavior")), part.Flag("invert", false)),
        "Digits" => new DigitSplit(part.Flag("individual_digits", false)),
        "Metaspace" => new MetaspaceSplit(part.String("replacement"), Scheme(part), part.Flag("split", true)),
        "ByteLevel" when isLast => new ByteLevelSplit(part.Flag("add_prefix_space", true), part.Flag("use_regex", true)),
        "ByteLevel" => throw part.Unsupported("ByteLevel before another pre-tokenizer"),
        string kind => throw part.Unsupported(kind),
    };

    private static PreTokenizerSequence PreTokenizers(JsonPart[] parts, bool isLast) =>
        new([.. parts.Select((part, i) => PreTokenizer(part, isLast && i == parts.Length - 1))]);

    private static SplitBehavior Behavior(JsonPart part) =>
        Enum.TryParse(part.AsString(), out SplitBehavior behavior) ? behavior : throw part.Unsupported(part.AsString());

    // Before prepend_scheme there was add_prefix_space.
    private static PrependScheme Scheme(JsonPart part) => part.Find("prepend_scheme") is not { } scheme
        ? part.Flag("add_prefix_space", true) ? PrependScheme.Always : PrependScheme.Never
        : scheme.AsString() switch
        {
            "never" => PrependScheme.Never,
            "first" => PrependScheme.First,
            "always" => PrependScheme.Always,
            string other => throw scheme.Unsupported(other),
        };

    private static TokenDecoder Decoder(JsonPart part) => part.String("type") switch
    {
        "Sequence" => new DecoderSequence([.. part.Get("decoders").Items().Select(Decoder)]),
        "ByteLevel" => new ByteLevelDecoder(),
        "ByteFallback" => new ByteFallbackDecoder(),
        "Fuse" => new FuseDecoder(),
        "Replace" => new ReplaceDecoder(part.Get("pattern").String("String"), part.String("content")),
        "Strip" => new StripDecoder(Character(part.Get("content")), part.Get("start").AsInt(), part.Get("stop").AsInt()),
        "Metaspace" => new MetaspaceDecoder(part.String("replacement"), Scheme(part)),
        string kind => throw part.Unsupported(kind),
    };

    private static char Character(JsonPart part) => part.AsString() is [var c] ? c : throw part.Bad("one character");
}
