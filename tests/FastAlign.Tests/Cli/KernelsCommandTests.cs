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
        Assert.Equal(KernelCases.All.Count + DeviceCases.All.Count + KernelCases.Timed.Count, document.RootElement.GetProperty("cases").GetArrayLength());
    }

    /// <summary>Every variant that the device runs, checked, and why the others are not there.</summary>
    [Fact]
    public void Products_OpenCL_HasARowPerVariantAndNamesTheRefused()
    {
        Gpu.TestDevices.SkipWithoutOpenCL();

        (int exitCode, string output, string error) = CommandLine.Run([], "kernels", "products", "--device", "opencl", "--small", "--filter", "attention-out-1x576x576-dx");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(2, output.Split("| linear/attention-out-1x576x576-dx.backward |").Length - 1);
        Assert.Matches(@"\| generic \| .* \| ok \|", output);
        Assert.Matches(@"\| register_blocked \| .* \| ok \|", output);
        Assert.Contains("* --variant: tensor_core does not run on", output, StringComparison.Ordinal);
        Assert.Contains("* --variant: cublas does not run on", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--device: expected host, cuda, opencl or simulator", "kernels", "verify", "--device", "nowhere")]
    [InlineData("--filter: 'zzz' matches none of", "kernels", "verify", "--filter", "zzz")]
    [InlineData("--filter: 'zzz' matches none of", "kernels", "bench", "--filter", "zzz")]
    [InlineData("--filter: 'zzz' matches none of 15 products", "kernels", "products", "--device", "simulator", "--filter", "zzz")]
    [InlineData("--device: expected cuda, opencl or simulator", "kernels", "products")]
    [InlineData("--variant: expected a device beside it", "kernels", "bench", "--variant", "cublas")]
    [InlineData("--variant: cublas does not run on", "kernels", "verify", "--device", "simulator", "--variant", "cublas")]
    [InlineData("shout: expected a command, found none of that name", "kernels", "shout")]
    public void BadUsage_AnyKind_SaysSoAndExitsWithTwo(string message, params string[] arguments)
    {
        (int exitCode, string output, string error) = CommandLine.Run([], arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }
}
