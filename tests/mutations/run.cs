// Seeded mistakes: applies each mutation of mutations.json to a copy of the sources, builds it, and runs the tests that should notice.
// usage: dotnet run tests/mutations/run.cs [-- NAME...]      (in the root of the repository; NAME picks mutations by part of their name)
// Writes tests/mutations/RESULTS.md when all were run. Exit code 1 if a mutation survived or does not build.
#:property PublishAot=false
#:property IsAotCompatible=false

using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

if (!File.Exists("tests/mutations/mutations.json"))
{
    throw new ArgumentException("run in the root of the repository");
}

Mutation[] all = JsonSerializer.Deserialize<Mutation[]>(File.ReadAllText("tests/mutations/mutations.json"), JsonSerializerOptions.Web)!;
Mutation[] chosen = [.. all.Where(m => args.Length == 0 || args.Any(part => m.Name.Contains(part, StringComparison.Ordinal)))];
string copy = Path.Combine(Path.GetTempPath(), $"fastalign-mutations-{Environment.ProcessId}");
var results = new List<(Mutation Mutation, Verdict Verdict)>();
try
{
    Shell.Run("git", $"worktree add --detach --quiet {copy} HEAD", Environment.CurrentDirectory);
    foreach (Mutation mutation in chosen)
    {
        Verdict verdict = mutation.Try(copy);
        results.Add((mutation, verdict));
        Console.WriteLine($"{verdict.Word,-9} {mutation.Name}: {verdict.Detail}");
    }
}
finally
{
    Shell.Run("git", $"worktree remove --force {copy}", Environment.CurrentDirectory);
}

if (chosen.Length == all.Length)
{
    File.WriteAllText("tests/mutations/RESULTS.md", Report.Of(results));
}

int survived = results.Count(r => !r.Verdict.IsCaught);
Console.WriteLine($"{results.Count - survived} of {results.Count} mutations caught");
return survived == 0 ? 0 : 1;

/// <summary>One mistake: what is replaced where, and which tests should fail for it.</summary>
internal sealed record Mutation(string Name, string File, string Find, string Replace, string Tests)
{
    public Verdict Try(string root)
    {
        string path = Path.Combine(root, File);
        string source = System.IO.File.ReadAllText(path);
        if (source.Split(Find).Length != 2)
        {
            return new Verdict("stale", $"expected one place in {File} that reads {Find}");
        }

        System.IO.File.WriteAllText(path, source.Replace(Find, Replace, StringComparison.Ordinal));
        try
        {
            (int built, string log) = Shell.Run("dotnet", "build tests/FastAlign.Tests -c Release -v q -nologo -p:TreatWarningsAsErrors=false", root);
            if (built != 0)
            {
                return new Verdict("no build", log.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal)) ?? "the build failed");
            }

            (int passed, string output) = Shell.Run("dotnet", $"test tests/FastAlign.Tests -c Release --no-build --filter \"{Tests}\"", root);
            string summary = output.Split('\n').LastOrDefault(line => line.Contains("Failed:", StringComparison.Ordinal))?.Trim() ?? "no test ran";
            return passed == 0 || !summary.StartsWith("Failed!", StringComparison.Ordinal) ? new Verdict("survived", summary) : new Verdict("caught", Counts(summary));
        }
        finally
        {
            System.IO.File.WriteAllText(path, source);
        }
    }

    /// <summary>"3 of 40 tests failed" out of the runner's closing line.</summary>
    private static string Counts(string summary)
    {
        string[] words = summary.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        return $"{words[Array.IndexOf(words, "Failed:") + 1]} of {words[Array.IndexOf(words, "Total:") + 1]} tests failed";
    }
}

internal sealed record Verdict(string Word, string Detail)
{
    public bool IsCaught => Word == "caught";
}

internal static class Report
{
    public static string Of(IReadOnlyList<(Mutation Mutation, Verdict Verdict)> results)
    {
        var text = new StringBuilder("# Seeded mistakes and the tests that notice them\n\nMade by `dotnet run tests/mutations/run.cs`.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{results.Count(r => r.Verdict.IsCaught)} of {results.Count} caught.\n\n| mistake | file | verdict | tests |\n|---|---|---|---|\n");
        foreach ((Mutation mutation, Verdict verdict) in results)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {mutation.Name} | `{Path.GetFileName(mutation.File)}` | {verdict.Word} | {verdict.Detail} |\n");
        }

        return text.ToString();
    }
}

internal static class Shell
{
    public static (int ExitCode, string Output) Run(string program, string arguments, string folder)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }
}
