using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using FastAlign.Kernels.Conformance;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>
/// Every device kernel under Oclgrind (Price and McIntosh-Smith, 2015), which interprets OpenCL and reports data races, accesses out of bounds and divergent
/// barriers. It runs some million operations a second, hence the small cases; each op has some.
/// </summary>
[Trait("Category", "Slow")]
public sealed partial class OclgrindTests
{
    private const string Oclgrind = "oclgrind";

    private const long MostFlops = 45_000;

    private static readonly IReadOnlyList<KernelCase> Cases = [.. KernelCases.All, .. DeviceCases.All];

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    [Fact]
    public void Verify_SmallCasesUnderOclgrind_ReportsNothing()
    {
        (int exitCode, string output, string error) = Run("FastAlign.Cli.dll", "kernels", "verify", "--device", "opencl", "--max-flops", $"{MostFlops}", "--json");

        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement result = document.RootElement;
        Assert.Contains("Oclgrind", result.GetProperty("device").GetString(), StringComparison.Ordinal);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(0, result.GetProperty("failed").GetInt32());
    }

    /// <summary>That silence means something: the same check speaks up about a kernel with a barrier too few and about one that writes past its buffer, and not about the right ones.</summary>
    [Theory]
    [InlineData(nameof(OclgrindSeeds.RightKernels), null)]
    [InlineData(nameof(OclgrindSeeds.MissingBarrier), "data race at local memory address")]
    [InlineData(nameof(OclgrindSeeds.WriteBeyondTheBuffer), "Invalid write of size 4 at global memory address")]
    public void Seed_UnderOclgrind_IsReported(string seed, string? report)
    {
        (int exitCode, string output, string error) = Run("FastAlign.Tests.dll", "-explicit", "only", "-method", $"{typeof(OclgrindSeeds).FullName}.{seed}");

        Assert.True(exitCode == 0, output + error);
        Assert.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", output, StringComparison.Ordinal);
        if (report is null)
        {
            Assert.Equal("", error);
        }
        else
        {
            Assert.Contains(report, error, StringComparison.Ordinal);
        }
    }

    /// <summary>The limit leaves a case of every op.</summary>
    [Fact]
    public void SmallCases_OfEveryOp_AreThere() =>
        Assert.Empty(
            Cases.Select(static kernel => kernel.Op)
                .Except(Cases.Where(static kernel => kernel.ForwardFlops + kernel.BackwardFlops <= MostFlops).Select(static kernel => kernel.Op)));

    /// <summary>Clang counts the warnings of a kernel here without saying what they are.</summary>
    [GeneratedRegex(@"^\d+ warnings? generated\.\r?\n", RegexOptions.Multiline)]
    private static partial Regex CompilerSummary();

    /// <summary>Runs a program of this folder under Oclgrind, as the gate does.</summary>
    private static (int ExitCode, string Output, string Error) Run(string assembly, params string[] arguments)
    {
        bool isInstalled = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(static folder => File.Exists(Path.Combine(folder, Oclgrind)));
        Assert.SkipWhen(!isInstalled && !TestDevices.IsOpenCLRequired, "no oclgrind: install Debian's package of that name");
        var start = new ProcessStartInfo(Oclgrind) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["--data-races", "dotnet", Path.Combine(AppContext.BaseDirectory, assembly), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{Oclgrind} did not start");
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{Oclgrind} took more than {Limit}");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), CompilerSummary().Replace(error.GetAwaiter().GetResult(), ""));
    }
}
