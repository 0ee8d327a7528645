namespace FastAlign.IO.Datasets;

/// <summary>What the linter looks for. <see cref="LintRules"/> gives severity and reason of each.</summary>
public enum LintRule
{
    EmptyCompletion,
    ChosenEqualsRejected,
    EmptyPrompt,
    StraddledBoundary,
    OverLong,
    EmptyLossMask,
    UntrainedEos,
    RepeatedBos,
    DuplicateRow,
}
