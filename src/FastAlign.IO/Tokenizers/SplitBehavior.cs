namespace FastAlign.IO.Tokenizers;

/// <summary>What becomes of the stretches that a pattern matches.</summary>
internal enum SplitBehavior
{
    /// <summary>They are left out.</summary>
    Removed,

    /// <summary>Each is a word of its own.</summary>
    Isolated,

    /// <summary>Each joins the stretch before it, unless that is a match too.</summary>
    MergedWithPrevious,

    /// <summary>Each joins the stretch after it, unless that is a match too.</summary>
    MergedWithNext,

    /// <summary>Neighbouring ones are one word.</summary>
    Contiguous,
}
