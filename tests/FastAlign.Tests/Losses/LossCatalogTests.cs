using FastAlign.Alignment;

namespace FastAlign.Tests.Losses;

public sealed class LossCatalogTests
{
    [Fact]
    public void All_Entries_AreWholeAndUniqueWithinTheirCommand()
    {
        Assert.All(LossCatalog.All, info =>
        {
            Assert.NotEmpty(info.Name);
            Assert.NotEmpty(info.Formula);
            Assert.NotEmpty(info.Source);
            Assert.NotEmpty(info.Reading);
        });
        Assert.Equal(LossCatalog.All.Count, LossCatalog.All.DistinctBy(info => (info.Command, info.Name)).Count());
    }

    [Fact]
    public void Losses_List_NamesEveryLoss()
    {
        (int exitCode, string output, string error) = Cli.ToolRun.Run("losses", "list", "--json");

        Assert.True(exitCode == 0, error);
        using var json = System.Text.Json.JsonDocument.Parse(output);
        Assert.Equal(LossCatalog.All.Select(info => info.Name), json.RootElement.EnumerateArray().Select(entry => entry.GetProperty("name").GetString()));
    }

    [Fact]
    public void Losses_Explain_SaysWhatTheNumbersMean()
    {
        (int exitCode, string output, _) = Cli.ToolRun.Run("losses", "explain", "dpo/sigmoid");

        Assert.Equal(0, exitCode);
        Assert.Contains("0.6931", output, StringComparison.Ordinal);
        Assert.Contains("Rafailov", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Losses_ExplainUnknown_SuggestsTheNearest()
    {
        (int exitCode, _, string error) = Cli.ToolRun.Run("losses", "explain", "sigmold");

        Assert.Equal(2, exitCode);
        Assert.Contains("sigmoid", error, StringComparison.Ordinal);
    }
}
