using FastAlign.Core;
using FastAlign.IO.Datasets;
using FastAlign.Models;
using Xunit;

namespace FastAlign.Tests.Datasets;

public sealed class RowLinterTests
{
    private const int Bos = 1;
    private const int Eos = 2;

    [Fact]
    public void Check_SoundRows_FindsNothing()
    {
        var linter = new RowLinter(Bos, Eos);

        linter.Check(Row(0, [Bos, 5, 6, Eos], prompt: 2), Row(0, [Bos, 5, 6, Eos], prompt: 2), isDropped: false);
        linter.Check(Pair(1, [Bos, 5], [6, Eos], [7, Eos]), Example(1, [Bos, 5], [6, Eos], [7, Eos]));

        Assert.Empty(linter.Report.Findings);
        Assert.False(linter.Report.HasErrors);
        linter.Report.ThrowIfErrors("data");
    }

    [Theory]
    [InlineData(RowTraits.EmptyCompletion, LintRule.EmptyCompletion, LintSeverity.Error)]
    [InlineData(RowTraits.EqualCompletions, LintRule.ChosenEqualsRejected, LintSeverity.Error)]
    [InlineData(RowTraits.StraddledBoundary, LintRule.StraddledBoundary, LintSeverity.Warning)]
    public void Check_TraitsOfTokenisation_AreReported(RowTraits traits, LintRule rule, LintSeverity severity)
    {
        LintFinding finding = Assert.Single(Lint(Pair(4, [Bos, 5], [6, Eos], [7, Eos]) with { Traits = traits }, Example(4, [Bos, 5], [6, Eos], [7, Eos])));

        Assert.Equal((rule, severity, 4), (finding.Rule, finding.Rule.Severity(), finding.Row));
    }

    [Fact]
    public void Check_CutRow_IsOverLongAndDoesNotLearnEos()
    {
        IReadOnlyList<LintFinding> findings = Lint(Row(3, [Bos, 5, 6, 7, Eos], 1), Row(3, [Bos, 5, 6], 1));

        Assert.Equal([LintRule.OverLong, LintRule.UntrainedEos], findings.Select(finding => finding.Rule));
        Assert.Equal("5 tokens are cut to 3", findings[0].Message);
    }

    [Fact]
    public void Check_NoTarget_IsAnEmptyLossMask()
    {
        Assert.Equal(LintRule.EmptyLossMask, Assert.Single(Lint(Row(0, [Bos, 5], prompt: 2), Row(0, [Bos, 5], prompt: 2))).Rule);
        Assert.Equal(LintRule.EmptyLossMask, Assert.Single(Lint(Row(0, [Eos], prompt: 0), Row(0, [Eos], prompt: 0))).Rule);
    }

    [Fact]
    public void Check_PairCutToEqualCompletions_IsAnError()
    {
        IReadOnlyList<LintFinding> findings = Lint(Pair(0, [Bos], [6, 7, Eos], [6, 8, Eos]), Example(0, [Bos], [6], [6]));

        Assert.Equal([LintRule.OverLong, LintRule.ChosenEqualsRejected, LintRule.UntrainedEos, LintRule.UntrainedEos], findings.Select(finding => finding.Rule));
    }

    [Fact]
    public void Check_PairLeftOut_SaysWhy()
    {
        Assert.Equal(LintRule.OverLong, Assert.Single(Lint(Pair(0, [Bos, 5, 6], [6, Eos], [7, Eos]), null)).Rule);
        Assert.Equal(LintRule.EmptyPrompt, Assert.Single(Lint(Pair(0, [], [6, Eos], [7, Eos]), null)).Rule);
    }

    [Theory]
    [InlineData(Bos, Eos, new[] { Bos, Bos, 5, Eos }, true)]
    [InlineData(Bos, Eos, new[] { Bos, 5, Bos, Eos }, true)]
    [InlineData(Bos, Eos, new[] { Bos, 5, 6, Eos }, false)]
    [InlineData(Eos, Eos, new[] { Eos, 5, 6, Eos }, false)] // GPT-2: one token begins and ends
    [InlineData(Eos, Eos, new[] { Eos, Eos, 6, Eos }, true)]
    [InlineData(-1, Eos, new[] { 5, 5, 6, Eos }, false)]
    public void Check_MoreThanOneBos_IsReported(int bos, int eos, int[] ids, bool isFound)
    {
        var linter = new RowLinter(bos, eos);

        linter.Check(Row(0, ids, 1), Row(0, ids, 1), isDropped: false);

        Assert.Equal(isFound, linter.Report.Findings.Any(finding => finding.Rule == LintRule.RepeatedBos));
    }

    [Fact]
    public void Check_SameTokensTwice_NamesTheFirstRow()
    {
        var linter = new RowLinter(Bos, Eos);
        foreach ((int row, int[] prompt, int[] chosen) in new[] { (0, (int[])[Bos, 5], (int[])[6, Eos]), (1, [Bos], [5, 6, Eos]), (2, [Bos, 5], [6, Eos]) })
        {
            linter.Check(Pair(row, prompt, chosen, [7, Eos]), Example(row, prompt, chosen, [7, Eos]));
        }

        LintFinding finding = Assert.Single(linter.Report.Findings);

        Assert.Equal((LintRule.DuplicateRow, 2, "the same tokens as row 0"), (finding.Rule, finding.Row, finding.Message));
    }

    [Fact]
    public void Report_Errors_AreCountedAndRefused()
    {
        var report = new LintReport(
        [
            .. Enumerable.Range(10, 7).Select(row => new LintFinding(LintRule.EmptyCompletion, row, "empty")),
            new LintFinding(LintRule.OverLong, 3, "cut"),
        ]);

        Assert.Equal([(LintRule.EmptyCompletion, 7), (LintRule.OverLong, 1)], report.Summary.Select(line => (line.Rule, line.Count)));
        Assert.Equal([10, 11, 12, 13, 14], report.Summary[0].FirstRows);
        Assert.Equal(
            "pairs.jsonl: the data linter refuses these rows:\n  empty-completion: 7 (rows 10, 11, 12, 13, 14, ...): empty",
            Assert.Throws<InputException>(() => report.ThrowIfErrors("pairs.jsonl")).Message);
    }

    [Fact]
    public void Rules_All_HaveNameAndSeverityAndErrorsComeFirst()
    {
        LintRule[] rules = Enum.GetValues<LintRule>();

        Assert.Equal(rules.Length, rules.Select(rule => rule.Name()).Distinct().Count());
        Assert.Equal(rules.OrderByDescending(rule => rule.Severity()), rules);
    }

    private static IReadOnlyList<LintFinding> Lint(TokenizedSft row, TokenizedSft kept)
    {
        var linter = new RowLinter(Bos, Eos);
        linter.Check(row, kept, isDropped: false);
        return linter.Report.Findings;
    }

    private static IReadOnlyList<LintFinding> Lint(TokenizedPair pair, PreferenceExample? kept)
    {
        var linter = new RowLinter(Bos, Eos);
        linter.Check(pair, kept);
        return linter.Report.Findings;
    }

    private static TokenizedSft Row(int row, int[] ids, int prompt) =>
        new(row, ids, [.. ids.Select((id, i) => i < prompt ? SftExample.Ignored : id)], RowTraits.None);

    private static TokenizedPair Pair(int row, int[] prompt, int[] chosen, int[] rejected) => new(row, prompt, chosen, rejected, RowTraits.None);

    private static PreferenceExample Example(int row, int[] prompt, int[] chosen, int[] rejected) => new(row, prompt, chosen, rejected);
}
