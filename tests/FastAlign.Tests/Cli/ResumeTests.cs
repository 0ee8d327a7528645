using System.Diagnostics;
using FastAlign.Core;

namespace FastAlign.Tests.Cli;

/// <summary>Real processes, killed at random moments: what comes out has the bits of an undisturbed run.</summary>
public sealed class ResumeTests
{
    private const int Kills = 20;
    private const int Steps = 40;
    private const int LongestLifeMs = 1100;

    [Fact]
    public void Dpo_KilledTwentyTimes_EndsWithTheBitsOfAnUndisturbedRun()
    {
        using var tool = new ToolRun();
        (int exitCode, _, string error) = ToolRun.Run(tool.Arguments("undisturbed", Steps));
        Assert.True(exitCode == 0, error);
        (byte[] Weights, string Metrics) expected = tool.Result("undisturbed");
        var moments = new Philox(11, RandomPurpose.Test, 0);

        int run = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            using Process process = ToolRun.Start(tool.Arguments($"killed-{run}", Steps, "--resume"));
            if (!process.WaitForExit(moments.Integer((ulong)kill, LongestLifeMs)))
            {
                process.Kill();
                process.WaitForExit();
                continue;
            }

            // It was done before its time came: compare, and go on killing another run.
            Assert.Equal(0, process.ExitCode);
            AssertSame(expected, tool.Result($"killed-{run}"));
            run++;
            kill--;
        }

        (exitCode, _, error) = ToolRun.Run(tool.Arguments($"killed-{run}", Steps, "--resume"));
        Assert.True(exitCode == 0, error);
        AssertSame(expected, tool.Result($"killed-{run}"));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(tool.Path($"killed-{run}"), "*", SearchOption.AllDirectories), p => p.Contains(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void Dpo_Interrupted_WritesACheckpointAndResumesToTheSameBits()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("signals are sent with kill(1)");
        }

        using var tool = new ToolRun();
        Assert.Equal(0, ToolRun.Run(tool.Arguments("undisturbed", Steps)).ExitCode);
        using Process process = ToolRun.Start(tool.Arguments("interrupted", Steps));
        string metrics = tool.Path("interrupted", "metrics.jsonl");
        Assert.True(SpinWait.SpinUntil(() => File.Exists(metrics) && new FileInfo(metrics).Length > 0, TimeSpan.FromSeconds(60)), "no step within a minute");

        using Process? signal = Process.Start("kill", ["-INT", $"{process.Id}"]);
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)), "still running a minute after the signal");

        // A run that was at its last step anyway ends by itself.
        Assert.Contains(process.ExitCode, new[] { 130, 0 });
        (int exitCode, _, string error) = ToolRun.Run(tool.Arguments("interrupted", Steps, "--resume"));
        Assert.True(exitCode == 0, error);
        AssertSame(tool.Result("undisturbed"), tool.Result("interrupted"));
    }

    [Fact]
    public void Dpo_ResumedWithOtherSettings_NamesThemAndTouchesNothing()
    {
        using var tool = new ToolRun();
        Assert.Equal(0, ToolRun.Run(tool.Arguments("run", 2)).ExitCode);
        (byte[] Weights, string Metrics) before = tool.Result("run");

        (int exitCode, _, string error) = ToolRun.Run(tool.Arguments("run", 2, "--resume", "--learning-rate", "0.5", "--beta", "0.7"));

        Assert.Equal(2, exitCode);
        Assert.Contains("learning_rate: expected 0.0001, found 0.5", error, StringComparison.Ordinal);
        Assert.Contains("beta: expected 0.05, found 0.7", error, StringComparison.Ordinal);
        AssertSame(before, tool.Result("run"));
    }

    [Fact]
    public void Dpo_IntoAFolderThatHoldsARun_IsRefused()
    {
        using var tool = new ToolRun();
        Assert.Equal(0, ToolRun.Run(tool.Arguments("run", 1)).ExitCode);

        (int exitCode, _, string error) = ToolRun.Run(tool.Arguments("run", 1));

        Assert.Equal(2, exitCode);
        Assert.Contains("already holds a run", error, StringComparison.Ordinal);
    }

    private static void AssertSame((byte[] Weights, string Metrics) expected, (byte[] Weights, string Metrics) actual)
    {
        Assert.Equal(expected.Metrics, actual.Metrics);
        Assert.True(expected.Weights.AsSpan().SequenceEqual(actual.Weights), "the weights differ");
    }
}
