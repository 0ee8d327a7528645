namespace FastAlign.IO.Datasets;

/// <summary>Shape of rows with judged completions.</summary>
public enum JudgedShape
{
    /// <summary><c>{"prompt"?, "chosen", "rejected", "margin"?, "soft_label"?, "weight"?}</c></summary>
    Pairs,

    /// <summary>As pairs, with <c>"chosen_safe"</c> and <c>"rejected_safe"</c>; the chosen completion is the safer one.</summary>
    SafetyPairs,

    /// <summary><c>{"prompt", "completions": [...]}</c>, best first or with <c>"scores": [...]</c>; a pair is a ranking of two.</summary>
    Rankings,

    /// <summary><c>{"prompt", "completion", "label"}</c>, the label true, false or a number in [0, 1].</summary>
    Labels,
}

/// <summary>How rows become <see cref="Models.JudgedExample"/>s.</summary>
public sealed record JudgedOptions
{
    public JudgedShape Shape { get; init; }

    /// <summary><c>max_length</c>: rows with a longer sequence are left out, as in TRL, for a cut sequence would lose the token that is scored; null for no limit.</summary>
    public int? MaxLength { get; init; } = 1024;

    /// <summary>
    /// Whether the score is read before an EOS that ends a completion: where TRL and transformers read it if the padding token is EOS. Else at the last token,
    /// EOS itself.
    /// </summary>
    public bool IsScoredBeforeEos { get; init; }
}
