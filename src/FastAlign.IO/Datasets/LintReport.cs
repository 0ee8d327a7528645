using System.Text;
using FastAlign.Core;

namespace FastAlign.IO.Datasets;

/// <summary>What the linter found in a data set, in row order. What to do about it is the caller's choice.</summary>
public sealed class LintReport(IReadOnlyList<LintFinding> findings)
{
    private const int RowsShown = 5;

    /// <summary>One line of the summary.</summary>
    /// <param name="Rule">The rule.</param>
    /// <param name="Count">Number of findings.</param>
    /// <param name="FirstRows">Its first rows, five at most.</param>
    /// <param name="Example">The first message.</param>
    public sealed record SummaryLine(LintRule Rule, int Count, IReadOnlyList<int> FirstRows, string Example);

    public IReadOnlyList<LintFinding> Findings { get; } = findings;

    public bool HasErrors => Findings.Any(finding => finding.Rule.Severity() == LintSeverity.Error);

    /// <summary>One line for each rule with findings, in the order of the rules: errors first.</summary>
    public IReadOnlyList<SummaryLine> Summary =>
    [
        .. Findings.GroupBy(finding => finding.Rule).OrderBy(group => group.Key).Select(group => new SummaryLine(
            group.Key, group.Count(), [.. group.Select(finding => finding.Row).Distinct().Take(RowsShown)], group.First().Message)),
    ];

    /// <summary>Refuses a data set with errors.</summary>
    /// <param name="name">The data set, for the message.</param>
    /// <exception cref="InputException">There are errors; the message counts them by rule and names the first rows.</exception>
    public void ThrowIfErrors(string name)
    {
        if (!HasErrors)
        {
            return;
        }

        var text = new StringBuilder($"{name}: the data linter refuses these rows:");
        foreach (SummaryLine line in Summary.Where(line => line.Rule.Severity() == LintSeverity.Error))
        {
            string more = line.Count > line.FirstRows.Count ? ", ..." : "";
            text.Append($"\n  {line.Rule.Name()}: {line.Count} ({(line.Count == 1 ? "row" : "rows")} {string.Join(", ", line.FirstRows)}{more}): {line.Example}");
        }

        throw new InputException(text.ToString());
    }
}
