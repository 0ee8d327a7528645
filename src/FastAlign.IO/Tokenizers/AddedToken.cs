namespace FastAlign.IO.Tokenizers;

/// <summary>A token that is found in the text itself, before the model sees it.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Text">The text that is looked for.</param>
/// <param name="IsSpecial">Left out when decoding skips special tokens.</param>
/// <param name="IsNormalized">Matched in the normalised text, after its own text was normalised; else in the text as given.</param>
/// <param name="IsSingleWord">Not matched beside a word character.</param>
/// <param name="StripsLeft">Swallows white space before it.</param>
/// <param name="StripsRight">Swallows white space after it.</param>
internal sealed record AddedToken(
    int Id, string Text, bool IsSpecial, bool IsNormalized, bool IsSingleWord, bool StripsLeft, bool StripsRight);
