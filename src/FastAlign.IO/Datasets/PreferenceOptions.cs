namespace FastAlign.IO.Datasets;

/// <summary>How rows become <see cref="Models.PreferenceExample"/>s. Defaults are TRL's.</summary>
public sealed record PreferenceOptions
{
    /// <summary><c>max_length</c>: tokens of prompt and completion together; null for no limit.</summary>
    public int? MaxLength { get; init; } = 1024;

    /// <summary><c>truncation_mode</c>.</summary>
    public TruncationMode Truncation { get; init; }

    /// <summary>Whether rows have a demonstration beside the pair, in the field <c>reference</c>.</summary>
    public bool HasDemonstration { get; init; }

    /// <summary>A request for quality, put after the first token of a copy of each prompt; null for none.</summary>
    public string? QualityPrompt { get; init; }
}
