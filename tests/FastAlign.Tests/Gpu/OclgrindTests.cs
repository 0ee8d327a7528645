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

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    [Fact]
    public void Verify_SmallCasesUnderOclgrind_ReportsNothing()
    {
        bool isInstalled = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(static folder => File.Exists(Path.Combine(folder, Oclgrind)));
        Assert.SkipWhen(!isInstalled && !TestDevices.IsOpenCLRequired, "no oclgrind: install Debian's package of that name");

        (int exitCode, string output, string error) = Run();

        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement result = document.RootElement;
        Assert.Contains("Oclgrind", result.GetProperty("device").GetString(), StringComparison.Ordinal);
        Assert.Equal((0, ""), (exitCode, CompilerSummary().Replace(error, "")));
        Assert.Equal(0, result.GetProperty("failed").GetInt32());
    }

    /// <summary>The limit leaves a case of every op.</summary>
    [Fact]
    public void SmallCases_OfEveryOp_AreThere() =>
        Assert.Empty(
            KernelCases.All.Select(static kernel => kernel.Op)
                .Except(KernelCases.All.Where(static kernel => kernel.ForwardFlops + kernel.BackwardFlops <= MostFlops).Select(static kernel => kernel.Op)));

    /// <summary>Clang counts the warnings of a kernel here without saying what they are.</summary>
    [GeneratedRegex(@"^\d+ warnings? generated\.\r?\n", RegexOptions.Multiline)]
    private static partial Regex CompilerSummary();

    private static (int ExitCode, string Output, string Error) Run()
    {
        var start = new ProcessStartInfo(Oclgrind) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["--data-races", "dotnet", Path.Combine(AppContext.BaseDirectory, "FastAlign.Cli.dll"), "kernels", "verify", "--device", "opencl", "--max-flops", $"{MostFlops}", "--json"])
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

        return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }
}
