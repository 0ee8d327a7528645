using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;
using FastAlign.Kernels.Device;
using PortKernel;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>The sample that walks a product from naive to tuned: its steps are right, and it would say so if one were not.</summary>
[Collection(DeviceCollection.Name)]
public sealed class PortKernelTests(TestDevices devices)
{
    /// <summary>A thousand multiply-adds: the walk is about what is right, not about time.</summary>
    private static readonly KernelCase Small = KernelCases.All.Single(static kernel => kernel.Name == "linear/13x17x33-add-strided");

    private static readonly TimeBudget Once = new(0, 0, 1, 0);

    public static TheoryData<string> Steps => [.. Step.All.Select(static step => step.Name)];

    [Theory]
    [MemberData(nameof(Steps))]
    public void Try_EachStep_IsRightAndTimed(string name)
    {
        using DeviceBackend backend = devices.OpenAlone(TestDevices.OpenCL);

        StepResult result = Walk.Try(backend, Step.All.Single(step => step.Name == name), Small, Once);

        Assert.Null(result.Failure);
        Assert.Equal(Walk.Cases.Count, result.Cases);
        Assert.InRange(result.Error, 1e-9, 1);
        Assert.True(result.Timed!.Times.BestSeconds > 0);
    }

    [Fact]
    public void Try_StepThatComputesSomethingWrong_HasAFailureAndNoTime()
    {
        using DeviceBackend backend = devices.OpenAlone(TestDevices.OpenCL);
        KernelInfo<GemmArguments> wrong = new("short", KernelFamily.Gemm, ShortChain, Naive.Groups, Naive.GroupSize);

        StepResult result = Walk.Try(backend, new Step("short", wrong, 2, 0), Small, Once);

        Assert.Contains("linear/1x1x1: Backward dX", result.Failure, StringComparison.Ordinal);
        Assert.Null(result.Timed);
    }

    /// <summary>What the comments promise of device code: the lint's rules hold, and step 5 moves four floats by one instruction where step 4 takes four.</summary>
    [Fact]
    public void Emit_Steps_AreCleanAndWide()
    {
        EmitTarget target = EmitTarget.All.Single(static target => target.Architecture == 80);
        EmittedKernel[] emitted = [.. Step.All.Select(step => KernelEmitter.Emit(step.Kernel, target))];

        Assert.Empty(emitted.SelectMany(static kernel => DeviceCodeLint.Violations(kernel)));
        Assert.Equal([false, false, false, false, true], emitted.Select(static kernel => kernel.Code.Contains("ld.shared.v4", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("--device: expected cuda", "gpu")]
    [InlineData("CASE: expected one of linear/", "opencl", "fill/1")]
    [InlineData("usage: PortKernel [DEVICE [CASE]]", "opencl", "a", "b")]
    [InlineData("DEVICE: expected opencl or cuda, got the simulator", "simulator:4")]
    public void Program_BadUsage_SaysSoAndExitsWithTwo(string message, params string[] arguments)
    {
        (int exitCode, string output, string error) = CommandLine.RunProgram("PortKernel.dll", [], arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    private static void ShortChain(GemmArguments a) => Naive.ProductKernel(a with { K = a.K - 1 });
}
