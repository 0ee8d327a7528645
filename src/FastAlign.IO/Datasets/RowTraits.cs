namespace FastAlign.IO.Datasets;

/// <summary>What tokenisation saw of a row that its token ids no longer show.</summary>
[Flags]
public enum RowTraits
{
    None = 0,

    /// <summary>A completion, or the text of a language-modelling row, is the empty string: only EOS would be learnt.</summary>
    EmptyCompletion = 1,

    /// <summary>The end of the prompt tokenises differently with the completion behind it: a token straddles the boundary and is trained on.</summary>
    StraddledBoundary = 2,

    /// <summary>Chosen and rejected are the same text.</summary>
    EqualCompletions = 4,
}
