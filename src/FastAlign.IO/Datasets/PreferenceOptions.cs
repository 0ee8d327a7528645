namespace FastAlign.IO.Datasets;

/// <summary>How rows become <see cref="Models.PreferenceExample"/>s. Defaults are TRL's.</summary>
public sealed record PreferenceOptions
{
    /// <summary><c>max_length</c>: tokens of prompt and completion together; null for no limit.</summary>
    public int? MaxLength { get; init; } = 1024;

    /// <summary><c>truncation_mode</c>.</summary>
    public TruncationMode Truncation { get; init; }
}
