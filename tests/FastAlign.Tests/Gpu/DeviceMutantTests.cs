using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>That the verify kit sees wrong device kernels: each mutant fails the case that is named beside it, which the right kernel passes.</summary>
[Collection(DeviceCollection.Name)]
public sealed class DeviceMutantTests(TestDevices devices)
{
    public static TheoryData<string> Names => [.. DeviceMutants.All.Select(static mutant => mutant.Name)];

    /// <summary>Every op that the kit verifies is shown a mistake.</summary>
    [Fact]
    public void Mutants_OfEveryOp_AreThere() => Assert.Empty(KernelCases.All.Concat(DeviceCases.All).Select(static kernel => kernel.Op).Except(DeviceMutants.All.Select(static mutant => mutant.Case.Split('/')[0])));

    [Theory]
    [MemberData(nameof(Names))]
    public void Verify_Mutant_IsCaught(string name)
    {
        DeviceMutant mutant = DeviceMutants.All.Single(mutant => mutant.Name == name);
        KernelCase kernel = KernelCases.All.Concat(DeviceCases.All).Single(kernel => kernel.Name == mutant.Case);
        DeviceBackend backend = devices.Open(TestDevices.OpenCL);
        CaseResult right = CaseVerifier.Verify(kernel, backend);

        CaseResult result = VerifyWith(mutant, kernel, backend);

        Assert.True(right.IsPassed, right.Failure);
        Assert.True(result.IsSupported);
        Assert.NotNull(result.Failure);
        Assert.DoesNotContain("failed at launch", result.Failure, StringComparison.Ordinal);
    }

    /// <summary>On the backend that all mutants share: of each, one kernel is compiled.</summary>
    private static CaseResult VerifyWith(DeviceMutant mutant, KernelCase kernel, DeviceBackend backend)
    {
        mutant.Plant(backend);
        try
        {
            return CaseVerifier.Verify(kernel, backend);
        }
        finally
        {
            mutant.Remove(backend);
        }
    }
}
