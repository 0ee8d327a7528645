using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.Kernels.Conformance;
using Xunit;

namespace FastAlign.Tests.Kernels;

public sealed class KernelCaseTests
{
    public static TheoryData<string> Names => [.. KernelCases.All.Select(static kernel => kernel.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void HostBackend_Case_Conforms(string name)
    {
        using var backend = new CpuBackend();

        CaseResult result = CaseVerifier.Verify(Case(name), backend);

        Assert.True(result.IsPassed, result.Failure ?? "not supported");
        Assert.Equal(0, backend.LiveBuffers);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ReferenceBackend_Case_IsTheDerivativeOfItsForward(string name)
    {
        using var backend = new ReferenceBackend();

        CaseResult result = CaseVerifier.Verify(Case(name), backend);

        Assert.True(result.IsPassed, result.Failure ?? "not supported");
        Assert.True(result.GradientError <= 1);
    }

    [Fact]
    public void Names_AllCases_AreUnique()
    {
        string[] names = [.. KernelCases.All.Concat(KernelCases.Timed).Select(static kernel => kernel.Name)];

        Assert.Equal(names.Length, names.Distinct().Count());
    }

    private static KernelCase Case(string name) => KernelCases.All.Concat(KernelCases.Timed).Single(kernel => kernel.Name == name);
}
