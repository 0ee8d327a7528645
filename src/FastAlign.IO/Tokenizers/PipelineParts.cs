namespace FastAlign.IO.Tokenizers;

/// <summary>Rewrites text before it is split.</summary>
internal abstract class Normalizer
{
    public abstract AlignedText Apply(in AlignedText text);
}

/// <summary>Splits text into the words that the model tokenises one by one.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Appends the words of <paramref name="text"/> to <paramref name="words"/>; empty ones are dropped by the caller.</summary>
    public abstract void Split(in AlignedText text, List<AlignedText> words);
}

/// <summary>Turns a word into tokens.</summary>
internal abstract class TokenModel
{
    /// <summary>Token texts and ids, without added tokens.</summary>
    public abstract Dictionary<string, int> Ids { get; }

    /// <summary>The tokens of a word, in order. The result may be shared: it is not to be changed.</summary>
    public abstract ModelToken[] Tokenize(ReadOnlySpan<char> word);
}

/// <summary>A token and the UTF-16 units <c>[Start, End)</c> of its word that it stands for.</summary>
internal readonly record struct ModelToken(int Id, int Start, int End);

/// <summary>One step from token texts to text. The texts of all tokens, joined, are the result.</summary>
internal abstract class TokenDecoder
{
    public abstract List<string> Apply(List<string> tokens);
}
