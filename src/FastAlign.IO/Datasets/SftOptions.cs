namespace FastAlign.IO.Datasets;

/// <summary>How rows become <see cref="Models.SftExample"/>s. Defaults are TRL's.</summary>
public sealed record SftOptions
{
    /// <summary><c>max_length</c>: tokens a row, or a pack, may have; null for no limit.</summary>
    public int? MaxLength { get; init; } = 1024;

    /// <summary><c>truncation_mode</c>. Packing cuts by its own rule.</summary>
    public TruncationMode Truncation { get; init; }

    /// <summary><c>completion_only_loss</c>: leave prompts out of the loss. Null: where a row has a prompt.</summary>
    public bool? IsCompletionOnly { get; init; }

    /// <summary><c>packing</c> and <c>packing_strategy</c>.</summary>
    public PackingStrategy Packing { get; init; }

    /// <summary><c>dataset_text_field</c>: the field of language-modelling rows.</summary>
    public string TextField { get; init; } = "text";
}
