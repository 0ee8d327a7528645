using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using FastAlign.Cpu;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Benchmarks;

/// <summary>Where and when a result was measured, and what this machine can do at most.</summary>
internal static partial class Machine
{
    private static readonly TimeSpan RoofsAge = TimeSpan.FromSeconds(30);

    private static Roofs? _roofs;
    private static long _roofsAt;

    /// <summary>Host threads of every benchmark; 0 takes all processors.</summary>
    public static int Threads { get; set; }

    /// <summary>Processor, cores, instruction set and runtime: results are compared where this is equal.</summary>
    public static string Id { get; } =
        $"{Dashed().Replace(Processor().ToLowerInvariant(), "-").Trim('-')}-x{Environment.ProcessorCount}-{HostIsas.Best.ToString().ToLowerInvariant()}-net{Environment.Version}";

    public static string Date { get; } = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Of the sources, with a plus if they have changed since.</summary>
    public static string Commit { get; } = DescribeCommit();

    /// <summary>The highest that was measured so far, in this process.</summary>
    public static Roofs Roofs => _roofs ?? MeasureRoofs();

    /// <summary>Root of the repository.</summary>
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>A file that is committed with the results.</summary>
    public static string ResultFile(string name) => Path.Combine(Root, "benchmarks", "results", name);

    public static CpuBackend Open() => new(Threads);

    /// <summary>Measures the roofs again if that is a while ago: a long run does not depend on how quiet its first second was.</summary>
    public static void RefreshRoofs()
    {
        if (_roofs is null || Stopwatch.GetElapsedTime(_roofsAt) > RoofsAge)
        {
            MeasureRoofs();
        }
    }

    private static Roofs MeasureRoofs()
    {
        using CpuBackend backend = Open();
        var roofs = Kernels.Conformance.Roofs.OfHost(backend, backend.Threads);
        _roofs = _roofs?.Or(roofs) ?? roofs;
        _roofsAt = Stopwatch.GetTimestamp();
        return _roofs;
    }

    private static string Processor()
    {
        const string file = "/proc/cpuinfo";
        string? line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':')[1] ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "processor";
    }

    private static string DescribeCommit()
    {
        var start = new ProcessStartInfo("git", "describe --always --dirty=+ --exclude=*") { RedirectStandardOutput = true, WorkingDirectory = Root };
        using Process git = Process.Start(start) ?? throw new InvalidOperationException("git did not start");
        string commit = git.StandardOutput.ReadToEnd().Trim();
        git.WaitForExit();
        return commit;
    }

    private static string FindRoot(string folder) => File.Exists(Path.Combine(folder, "FastAlign.sln"))
        ? folder
        : FindRoot(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("expected to run inside the repository: no FastAlign.sln above the program"));

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Dashed();
}
