namespace FastAlign.IO.Tokenizers;

/// <summary>A token that has a role, such as the end of the sequence: its id and its text.</summary>
public readonly record struct SpecialToken(int Id, string Text);
