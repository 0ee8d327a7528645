namespace FastAlign.IO.Datasets;

/// <summary>One thing the linter found.</summary>
/// <param name="Rule">The rule; its severity is <see cref="LintRules.Severity"/>.</param>
/// <param name="Row">Row of the data file, from 0.</param>
/// <param name="Message">What is the matter, without the row.</param>
public sealed record LintFinding(LintRule Rule, int Row, string Message)
{
    public override string ToString() => $"row {Row}: {Rule.Severity().ToString().ToUpperInvariant()} {Rule.Name()}: {Message}";
}
