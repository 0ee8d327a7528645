using System.Text.RegularExpressions;

namespace FastAlign.Tests.House;

public sealed partial class RepositoryTests
{
    /// <summary>Above this a clone gets slow, and the data belongs elsewhere.</summary>
    private const long LargestFileBytes = 2_000_000;

    private const long LargestGoldensBytes = 10_000_000;

    private static IEnumerable<string> Texts => RepositoryFiles.All.Where(path => !RepositoryFiles.IsData(path));

    [Fact]
    public void Files_AreSmall() =>
        Assert.DoesNotContain(RepositoryFiles.All, path => new FileInfo(RepositoryFiles.Full(path)).Length > LargestFileBytes);

    [Fact]
    public void Goldens_AreSmallTogether() =>
        Assert.InRange(RepositoryFiles.All.Where(path => path.StartsWith("tests/golden/", StringComparison.Ordinal)).Sum(path => new FileInfo(RepositoryFiles.Full(path)).Length), 1, LargestGoldensBytes);

    [Fact]
    public void Texts_EndTheirLinesWithLineFeeds() =>
        Assert.DoesNotContain(Texts, path => File.ReadAllBytes(RepositoryFiles.Full(path)).Contains((byte)'\r'));

    [Fact]
    public void Texts_NameNoPlaceOfOneMachine() =>
        Assert.Empty(Texts.SelectMany(path => MachinePath().Matches(File.ReadAllText(RepositoryFiles.Full(path))).Select(match => $"{path}: {match.Value}")));

    [Theory]
    [InlineData("/home/" + "somebody/model")]
    [InlineData("/root/" + "model")]
    [InlineData("C:\\Users\\" + "somebody")]
    public void MachinePath_OfSomebody_IsFound(string text) => Assert.Matches(MachinePath(), text);

    [Fact]
    public void DataFolders_HoldTheirLicences()
    {
        string[] roots = ["samples/data", "tests/golden/data"];
        IEnumerable<string> folders = roots.SelectMany(root => Directory.GetDirectories(RepositoryFiles.Full(root)))
            .SelectMany(folder => Path.GetFileName(folder) == "tokenizers" ? Directory.GetDirectories(folder) : [folder]);

        // The text of Shakespeare is in the public domain.
        Assert.Equal(
            ["tinyshakespeare"],
            folders.Where(folder => Directory.GetFiles(folder, "LICENSE*").Length == 0).Select(folder => Path.GetFileName(folder)));
    }

    [GeneratedRegex(@"(?<![\w.:/])/(home|root|tmp|work|Users|mnt)/\w+|[A-Z]:\\Users\\\w+")]
    private static partial Regex MachinePath();
}
