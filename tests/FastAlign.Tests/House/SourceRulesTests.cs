using System.Text.RegularExpressions;

namespace FastAlign.Tests.House;

/// <summary>Rules of the source text that no analyzer sees.</summary>
public sealed partial class SourceRulesTests
{
    private static readonly (Regex Pattern, string Reason)[] Rules =
    [
        (Region(), "split the file instead of folding it"),
        (InlineSuppression(), "a rule that is wrong here is switched off in .globalconfig, with its reason"),
        (Unfinished(), "finish it, or name the issue: TODO(#12)"),
        (NotImplemented(), "no stubs"),
        (ForeignThreads(), "parallel work goes through ThreadTeam"),
    ];

    [Fact]
    public void Sources_OfTheProduct_KeepTheRules() =>
        Assert.Empty(RepositoryFiles.Sources.SelectMany(path => Violations(path, File.ReadAllText(RepositoryFiles.Full(path)))));

    [Theory]
    [InlineData("#region Fields")]
    [InlineData("#pragma warning disable CA1000")]
    [InlineData("[SuppressMessage(\"Design\", \"CA1000\")]")]
    [InlineData("// TODO: later")]
    [InlineData("// FIXME")]
    [InlineData("throw new NotImplementedException();")]
    [InlineData("Parallel.For(0, n, i => { });")]
    [InlineData("Task.Run(() => Work());")]
    [InlineData("rows.AsParallel()")]
    public void Violations_BrokenRule_IsFound(string line) => Assert.Single(Violations("src/A.cs", line));

    [Theory]
    [InlineData("// TODO(#12): one accelerator more")]
    [InlineData("/// A region of memory; parallel work; the task runs.")]
    public void Violations_AllowedText_AreNone(string line) => Assert.Empty(Violations("src/A.cs", line));

    [Fact]
    public void Unsafe_OutsideItsFolders_IsNotUsed()
    {
        // Tensor and HostBackend are where host memory is handed out as a pointer.
        string[] allowed = ["src/FastAlign.Cpu/", "src/FastAlign.Core/Memory/", "src/FastAlign.Core/Tensor.cs", "src/FastAlign.Core/HostBackend.cs", "src/FastAlign.IO/"];

        Assert.DoesNotContain(
            RepositoryFiles.Sources.Where(path => !allowed.Any(folder => path.StartsWith(folder, StringComparison.Ordinal))),
            path => UnsafeCode().IsMatch(File.ReadAllText(RepositoryFiles.Full(path))));
    }

    private static IEnumerable<string> Violations(string path, string text) =>
        from rule in Rules
        from Match match in rule.Pattern.Matches(text)
        select $"{path}({text.AsSpan(0, match.Index).Count('\n') + 1}): {match.Value}: {rule.Reason}";

    [GeneratedRegex(@"^\s*#region", RegexOptions.Multiline)]
    private static partial Regex Region();

    [GeneratedRegex(@"#pragma\s+warning|\bSuppressMessage\b")]
    private static partial Regex InlineSuppression();

    [GeneratedRegex(@"\b(FIXME|HACK|XXX)\b|\bTODO\b(?!\(#\d+\))")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"\bNotImplementedException\b")]
    private static partial Regex NotImplemented();

    [GeneratedRegex(@"\bParallel\.\w|\bTask\.Run\b|\.AsParallel\(")]
    private static partial Regex ForeignThreads();

    [GeneratedRegex(@"^[^/\n]*\bunsafe\b", RegexOptions.Multiline)]
    private static partial Regex UnsafeCode();
}
