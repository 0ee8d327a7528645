using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>Every kernel case on every device that this machine can have: the bounds are the cases' own.</summary>
[Collection(DeviceCollection.Name)]
public sealed class DeviceCaseTests(TestDevices devices)
{
    private static readonly IReadOnlyList<KernelCase> Cases = [.. KernelCases.All, .. DeviceCases.All];

    public static TheoryData<string> Names => [.. Cases.Select(static kernel => kernel.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void OpenCL_Case_Conforms(string name) => Verify(TestDevices.OpenCL, name);

    [Theory]
    [MemberData(nameof(Names))]
    public void SimulatorOfNarrowWarps_Case_Conforms(string name) => Verify(TestDevices.NarrowSimulator, name);

    [Theory]
    [MemberData(nameof(Names))]
    public void SimulatorOfWideWarps_Case_Conforms(string name) => Verify(TestDevices.WideSimulator, name);

    private void Verify(string device, string name)
    {
        KernelCase kernel = Cases.Single(kernel => kernel.Name == name);
        DeviceBackend backend = devices.Open(device);

        CaseResult result = CaseVerifier.Verify(kernel, backend);

        Assert.True(result.IsSupported);
        Assert.True(result.IsPassed, result.Failure);
        Assert.Equal(0, backend.LiveBuffers);
    }
}
