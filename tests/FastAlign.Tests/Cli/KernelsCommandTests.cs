using System.Text.Json;
using FastAlign.Kernels.Conformance;
using Xunit;

namespace FastAlign.Tests.Cli;

public sealed class KernelsCommandTests
{
    [Fact]
    public void List_Json_HasEveryCase()
    {
        (int exitCode, string output, _) = CommandLine.Run([], "kernels", "list", "--json");

        using JsonDocument document = JsonDocument.Parse(output);
        Assert.Equal(0, exitCode);
        Assert.Equal(KernelCases.All.Count + KernelCases.Timed.Count, document.RootElement.GetProperty("cases").GetArrayLength());
    }

    [Theory]
    [InlineData("--device: expected host, cuda, opencl or simulator", "kernels", "verify", "--device", "nowhere")]
    [InlineData("--filter: 'zzz' matches none of", "kernels", "verify", "--filter", "zzz")]
    [InlineData("--filter: 'zzz' matches none of", "kernels", "bench", "--filter", "zzz")]
    [InlineData("Unrecognized command or argument 'shout'.", "kernels", "shout")]
    public void BadUsage_AnyKind_SaysSoAndExitsWithTwo(string message, params string[] arguments)
    {
        (int exitCode, string output, string error) = CommandLine.Run([], arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }
}
