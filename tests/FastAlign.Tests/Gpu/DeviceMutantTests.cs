using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>That the verify kit sees wrong device kernels: each mutant fails the case that is named beside it, which the right kernel passes.</summary>
[Collection(DeviceCollection.Name)]
public sealed class DeviceMutantTests(TestDevices devices)
{
    public static TheoryData<string> Names => [.. DeviceMutants.All.Select(static mutant => mutant.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Verify_Mutant_IsCaught(string name)
    {
        DeviceMutant mutant = DeviceMutants.All.Single(mutant => mutant.Name == name);
        KernelCase kernel = KernelCases.All.Single(kernel => kernel.Name == mutant.Case);
        CaseResult right = CaseVerifier.Verify(kernel, devices.Open(TestDevices.OpenCL));
        using var backend = devices.OpenAlone(TestDevices.OpenCL);
        mutant.Plant(backend);

        CaseResult result = CaseVerifier.Verify(kernel, backend);

        Assert.True(right.IsPassed, right.Failure);
        Assert.True(result.IsSupported);
        Assert.NotNull(result.Failure);
        Assert.DoesNotContain("failed at launch", result.Failure, StringComparison.Ordinal);
    }
}
