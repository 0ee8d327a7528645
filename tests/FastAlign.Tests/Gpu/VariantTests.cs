using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;
using FastAlign.Kernels.Device;
using Xunit;

namespace FastAlign.Tests.Gpu;

[Collection(DeviceCollection.Name)]
public sealed class VariantTests(TestDevices devices)
{
    private static readonly DeviceInfo Nvidia = EmitTarget.All.Single(static target => target.Architecture == 80).Device;

    /// <summary>The variant that NVIDIA devices take, on PoCL: its logic is proved here, its speed is not.</summary>
    [Fact]
    public void RegisterBlocked_LinearCases_Conform()
    {
        using DeviceBackend backend = devices.OpenAlone(TestDevices.OpenCL, KernelVariant.RegisterBlocked.Name);

        Assert.All(KernelCases.All.Where(static kernel => kernel.Op == "linear"), kernel =>
        {
            CaseResult result = CaseVerifier.Verify(kernel, backend);
            Assert.True(result.IsPassed, result.Failure);
        });
    }

    [Theory]
    [InlineData("tensor_core", TestDevices.OpenCL)]
    [InlineData("tensor_core", TestDevices.NarrowSimulator)]
    [InlineData("cublas", TestDevices.OpenCL)]
    [InlineData("cublas", TestDevices.NarrowSimulator)]
    public void Nvidia_OtherDevice_IsRefusedLoudly(string variant, string device)
    {
        InputException failure = Assert.Throws<InputException>(() => devices.OpenAlone(device, variant));

        Assert.Contains($"--variant: {variant} does not run on", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownVariant_AnyDevice_NamesTheKnownOnes()
    {
        InputException failure = Assert.Throws<InputException>(() => devices.OpenAlone(TestDevices.NarrowSimulator, "fastest"));

        Assert.Contains("expected one of generic, register_blocked, tensor_core, cublas; got 'fastest'", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "register_blocked")]
    [InlineData("generic", "generic")]
    [InlineData("tensor_core", "tensor_core")]
    [InlineData("cublas", "register_blocked")]
    public void For_Nvidia_TakesTheVariant(string? requested, string expected) => Assert.Equal(expected, GemmKernels.Forward.For(Nvidia, requested).Variant.Name);

    [Fact]
    public void For_OtherDevice_TakesTheGenericOne() =>
        Assert.Equal(KernelVariant.Generic, GemmKernels.Forward.For(Nvidia with { Kind = DeviceKind.OpenCL, Architecture = 0 }).Variant);

    /// <summary>A warp's tile is two by four fragments, an instruction each.</summary>
    [Fact]
    public void Emit_TensorCore_HoldsTheInstruction()
    {
        EmitTarget target = EmitTarget.All.Single(static target => target.Architecture == 80);

        string code = KernelEmitter.Emit(GemmKernels.Forward.Kernels[0], target).Code;

        Assert.Equal(8, code.Split("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32").Length - 1);
    }
}
