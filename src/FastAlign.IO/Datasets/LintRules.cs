namespace FastAlign.IO.Datasets;

/// <summary>Name, severity and reason of each rule.</summary>
public static class LintRules
{
    /// <summary>The rule's name in options and tables.</summary>
    public static string Name(this LintRule rule) => rule switch
    {
        LintRule.EmptyCompletion => "empty-completion",
        LintRule.ChosenEqualsRejected => "chosen-equals-rejected",
        LintRule.EmptyPrompt => "empty-prompt",
        LintRule.StraddledBoundary => "straddled-boundary",
        LintRule.OverLong => "over-long",
        LintRule.EmptyLossMask => "empty-loss-mask",
        LintRule.UntrainedEos => "untrained-eos",
        LintRule.RepeatedBos => "repeated-bos",
        LintRule.DuplicateRow => "duplicate-row",
        _ => throw new ArgumentOutOfRangeException(nameof(rule)),
    };

    /// <summary>How much a finding of the rule matters.</summary>
    public static LintSeverity Severity(this LintRule rule) => rule switch
    {
        // Only EOS would be learnt: the model is taught to say nothing.
        LintRule.EmptyCompletion => LintSeverity.Error,
        // The margin is 0 whatever the weights, and so is the gradient; a pair of equals is a fault of the data.
        LintRule.ChosenEqualsRejected => LintSeverity.Error,
        // Nothing predicts the first completion token. The row is left out.
        LintRule.EmptyPrompt => LintSeverity.Error,
        // TRL trains on such rows; at generation the model sees other tokens at the end of the prompt. Common where the prompt is implicit.
        LintRule.StraddledBoundary => LintSeverity.Warning,
        // Cut or left out, as the options ask.
        LintRule.OverLong => LintSeverity.Warning,
        // Left out, as TRL does, or dead weight in a pack.
        LintRule.EmptyLossMask => LintSeverity.Warning,
        // A model that never sees EOS does not learn to stop; one cut row among many does no harm.
        LintRule.UntrainedEos => LintSeverity.Warning,
        // The text holds the BOS that the tokenizer adds as well, or holds BOS inside.
        LintRule.RepeatedBos => LintSeverity.Warning,
        // Counted twice per epoch; may be wanted.
        LintRule.DuplicateRow => LintSeverity.Warning,
        _ => throw new ArgumentOutOfRangeException(nameof(rule)),
    };
}
