namespace FastAlign.IO.Datasets;

/// <summary>How rows of reasoning steps become <see cref="Models.StepExample"/>s. Names and defaults are those of TRL's PRMTrainer.</summary>
public sealed record StepOptions
{
    /// <summary><c>max_length</c>: tokens of prompt and steps together; the rest is cut. Null for no limit.</summary>
    public int? MaxLength { get; init; } = 1024;

    /// <summary><c>max_completion_length</c>: tokens of the steps; the rest is cut. Null for no limit.</summary>
    public int? MaxCompletionLength { get; init; }

    /// <summary><c>step_separator</c>: text that ends each step; its last token carries the step's label.</summary>
    public string Separator { get; init; } = "\n";

    /// <summary><c>train_on_last_step_only</c>: label the last step only.</summary>
    public bool IsLastStepOnly { get; init; }
}
