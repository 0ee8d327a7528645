using System.Text.Json;
using FastAlign.Kernels.Conformance;
using Xunit;

namespace FastAlign.Tests.Kernels;

/// <summary>
/// The whole case suite in child processes with instruction sets switched off. Switches are those of .NET 10: AVX-512 has one, and without
/// AVX2 there is no AVX-512 either. The device's name proves that the switch took effect.
/// </summary>
[Trait("Category", "Slow")]
public sealed class IsaMatrixTests
{
    [Theory]
    [InlineData("DOTNET_EnableAVX512", "host avx512")]
    [InlineData("DOTNET_EnableAVX2", "host avx")]
    public void KernelsVerify_InstructionSetSwitchedOff_AllCasesPass(string variable, string absent)
    {
        (int exitCode, string output, string error) = CommandLine.Run([(variable, "0")], "kernels", "verify", "--json");

        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement result = document.RootElement;
        string[] failures = [.. result.GetProperty("cases").EnumerateArray()
            .Where(static row => row.GetProperty("result").GetString() != "passed")
            .Select(static row => $"{row.GetProperty("name")}: {row.GetProperty("failure")}")];
        Assert.DoesNotContain(absent, result.GetProperty("device").GetString(), StringComparison.Ordinal);
        Assert.Empty(failures);
        Assert.Equal((0, ""), (exitCode, error));

        // The model is compared in three respects.
        Assert.Equal(KernelCases.All.Count + 3, result.GetProperty("passed").GetInt32());
    }
}
