namespace FastAlign.IO.Datasets;

/// <summary>How rows share blocks of <c>max_length</c> tokens. TRL: <c>packing</c> and <c>packing_strategy</c>.</summary>
public enum PackingStrategy
{
    /// <summary>Each row by itself.</summary>
    None,

    /// <summary><c>bfd</c>: best fit decreasing; rows are cut to a block, documents do not see each other.</summary>
    BestFit,

    /// <summary><c>bfd_split</c>: the same, but a row longer than a block is cut into several documents, so no token is lost.</summary>
    BestFitSplit,

    /// <summary><c>wrapped</c>: one stream of tokens, cut every <c>max_length</c>; documents see each other.</summary>
    Wrapped,
}
