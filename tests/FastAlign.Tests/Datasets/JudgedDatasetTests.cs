using FastAlign.Core;
using FastAlign.IO.Datasets;
using FastAlign.Models;

namespace FastAlign.Tests.Datasets;

public sealed class JudgedDatasetTests
{
    private static readonly RowTokenizer Tokenizer = GoldenRows.Tokenizer("stories260k");

    [Fact]
    public void Build_PairWithFields_ReadsThem()
    {
        JudgedExample example = Build("{\"prompt\":\"Once\",\"chosen\":\" upon\",\"rejected\":\" a time\",\"margin\":0.5,\"soft_label\":0.9,\"weight\":2}", JudgedShape.Pairs).Examples[0];

        Assert.Equal((0.5, 0.9, 2), (example.Margin, example.SoftLabel, example.Weight));
        Assert.All(example.Completions, completion => Assert.Equal(Tokenizer.EosId, completion[^1]));
        Assert.Equal(example.Completions.Select(c => c.Length - 1), example.Scored);
    }

    [Fact]
    public void Build_ScoredBeforeEos_NamesTheTokenBeforeIt()
    {
        JudgedOptions options = new() { IsScoredBeforeEos = true };

        JudgedExample example = JudgedDataset.Build(GoldenRows.Parse("{\"prompt\":\"Once\",\"chosen\":\" upon\",\"rejected\":\"\"}"), Tokenizer, options).Examples[0];

        Assert.Equal([example.Completions[0].Length - 2, -1], example.Scored);
    }

    [Fact]
    public void Build_RankingWithScores_PutsTheBestFirst()
    {
        const string Row = "{\"prompt\":\"Once\",\"completions\":[\" a\",\" b\",\" c\"],\"scores\":[1,3,1]}";

        JudgedExample example = Build(Row, JudgedShape.Rankings).Examples[0];

        JudgedExample ordered = Build("{\"prompt\":\"Once\",\"completions\":[\" b\",\" a\",\" c\"]}", JudgedShape.Rankings).Examples[0];
        Assert.Equal(ordered.Completions, example.Completions);
    }

    [Fact]
    public void Build_LabelsAndSafety_AreNumbers()
    {
        Assert.Equal([1], Build("{\"prompt\":\"Once\",\"completion\":\" a\",\"label\":true}", JudgedShape.Labels).Examples[0].Labels);
        Assert.Equal([1, 0], Build("{\"prompt\":\"Once\",\"chosen\":\" a\",\"rejected\":\" b\",\"chosen_safe\":true,\"rejected_safe\":0}", JudgedShape.SafetyPairs).Examples[0].Safe);
    }

    [Fact]
    public void Build_RowBeyondMaxLength_IsLeftOutAndReported()
    {
        DataRow[] rows = GoldenRows.Parse("{\"prompt\":\"Once\",\"chosen\":\" upon a time there was a cat\",\"rejected\":\" b\"}\n{\"prompt\":\"Once\",\"chosen\":\" a\",\"rejected\":\" b\"}");

        JudgedDataset set = JudgedDataset.Build(rows, Tokenizer, new JudgedOptions { MaxLength = 8 });

        Assert.Equal([0], set.DroppedRows);
        Assert.Contains(set.Lint.Findings, finding => finding.Rule == LintRule.OverLong && finding.Row == 0);
        Assert.Single(set.Examples);
    }

    [Theory]
    [InlineData("{\"prompt\":\"p\",\"completions\":[\"a\"]}", JudgedShape.Rankings, "field 'completions': expected at least 2, found 1")]
    [InlineData("{\"prompt\":\"p\",\"completions\":[\"a\",\"b\"],\"scores\":[1]}", JudgedShape.Rankings, "field 'scores': expected 2")]
    [InlineData("{\"prompt\":\"p\",\"completion\":\"a\",\"label\":2}", JudgedShape.Labels, "field 'label': expected true, false or a number in [0, 1], found 2")]
    [InlineData("{\"prompt\":\"p\",\"completion\":\"a\",\"label\":\"x\"}", JudgedShape.Labels, "field 'label': expected a number, true or false")]
    [InlineData("{\"prompt\":\"p\",\"chosen\":\"a\",\"rejected\":\"b\"}", JudgedShape.SafetyPairs, "expected the fields 'chosen_safe'")]
    [InlineData("{\"prompt\":\"p\",\"chosen\":\"a\",\"rejected\":\"b\",\"weight\":-1}", JudgedShape.Pairs, "field 'weight': expected a number of at least 0, found -1")]
    public void Build_BadRow_NamesFieldAndRow(string row, JudgedShape shape, string message) =>
        Assert.StartsWith("rows.json, row 0 (line 1): " + message, Assert.Throws<InputException>(() => Build(row, shape)).Message, StringComparison.Ordinal);

    private static JudgedDataset Build(string row, JudgedShape shape) => JudgedDataset.Build(GoldenRows.Parse(row), Tokenizer, new JudgedOptions { Shape = shape });
}
