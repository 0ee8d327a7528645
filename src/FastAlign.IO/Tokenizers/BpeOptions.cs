namespace FastAlign.IO.Tokenizers;

/// <summary>How a BPE model treats text that its vocabulary does not have.</summary>
internal sealed record BpeOptions
{
    /// <summary>Symbols are bytes, spelled in <see cref="ByteAlphabet"/>; else characters.</summary>
    public bool IsByteLevel { get; init; }

    /// <summary>A character outside the vocabulary becomes its bytes, spelled <c>&lt;0xNN&gt;</c>.</summary>
    public bool HasByteFallback { get; init; }

    /// <summary>Stands for what else is outside the vocabulary; null: such characters are dropped.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Neighbouring unknown characters are one token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>A word that is in the vocabulary is taken as it is, whether or not merges reach it.</summary>
    public bool TakesWholeWords { get; init; }
}
