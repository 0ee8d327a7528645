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
    public void Losses_ExplainEveryName_TellsAllThatTheCatalogueKnows()
    {
        string[] names = [.. LossCatalog.All.Select(info => $"{info.Command}/{info.Name}")];

        (int exitCode, string output, string error) = Cli.ToolRun.Run(["losses", "explain", .. names]);

        Assert.True(exitCode == 0, error);
        string[] texts = output.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(names.Length, texts.Length);
        Assert.All(LossCatalog.All.Zip(texts), entry =>
        {
            (LossInfo info, string text) = (entry.First, WithoutSpace(entry.Second));
            Assert.StartsWith(info.Name, text, StringComparison.Ordinal);
            Assert.Contains(WithoutSpace($"formula {info.Formula} source {info.Source} options"), text, StringComparison.Ordinal);
            Assert.EndsWith(WithoutSpace($"reading {info.Reading}"), text, StringComparison.Ordinal);
            Assert.All(info.Options.Concat(info.Dialects), part => Assert.Contains(WithoutSpace(part), text, StringComparison.Ordinal));
        });
    }

    /// <summary>What a loss is said to read can be set where it is trained with.</summary>
    [Theory, MemberData(nameof(Commands))]
    public void Options_OfEveryLoss_AreThoseOfItsCommand(string command)
    {
        (int exitCode, string help, string error) = Cli.ToolRun.Run(command, "--help");

        Assert.True(exitCode == 0, error);
        foreach (LossInfo info in LossCatalog.All.Where(info => info.Command == command))
        {
            Assert.All(info.Options, option => Assert.True(
                help.Contains($"--{option} ", StringComparison.Ordinal), $"{command}/{info.Name} reads {option}, and fastalign {command} has no such option"));
        }
    }

    public static TheoryData<string> Commands() => [.. LossCatalog.All.Select(info => info.Command).Where(command => command.Length > 0).Distinct()];

    [Theory]
    [InlineData("kot", "kto")]
    [InlineData("sigmold", "sigmoid")]
    [InlineData("simp", "simpo")]
    [InlineData("bradley-terry", "bradley_terry")]
    [InlineData("drgrpo", "dr_grpo")]
    public void Losses_ExplainMistyped_NamesTheNearestFirst(string name, string nearest)
    {
        (int exitCode, _, string error) = Cli.ToolRun.Run("losses", "explain", name);

        Assert.Equal(2, exitCode);
        Assert.Contains($"found '{name}'; the nearest are {nearest}, ", error, StringComparison.Ordinal);
    }

    /// <summary>Lines are broken at the width of a terminal.</summary>
    private static string WithoutSpace(string text) => string.Concat(text.Where(letter => !char.IsWhiteSpace(letter)));
}
