using System.Reflection;
using FastAlign.Core;
using FastAlign.Kernels.Conformance;
using Xunit;

namespace FastAlign.Tests.Kernels;

public sealed class CaseVerifierTests
{
    public static TheoryData<string> MutantNames => [.. Mutants.All.Select(static mutant => mutant.Name)];

    /// <summary>Under the bounds of F32, although the mutant computes in double: what is caught here is caught on a device.</summary>
    [Theory]
    [MemberData(nameof(MutantNames))]
    public void Verify_Mutant_IsCaught(string name)
    {
        (_, string caseName, IOps ops) = Mutants.All.Single(mutant => mutant.Name == name);
        using var backend = new DecoratedBackend(ops);
        KernelCase kernel = KernelCases.All.Single(kernel => kernel.Name == caseName);

        CaseResult result = CaseVerifier.Verify(kernel, backend, CaseVerifier.SingleRoundoff);

        Assert.False(result.IsPassed);
        Assert.NotNull(result.Failure);
    }

    [Fact]
    public void Verify_UnmutatedDecorator_Passes()
    {
        using var backend = new DecoratedBackend(new ForwardingOps(new ReferenceOps()));

        foreach (string name in Mutants.All.Select(static mutant => mutant.Case).Distinct())
        {
            CaseResult result = CaseVerifier.Verify(KernelCases.All.Single(kernel => kernel.Name == name), backend, CaseVerifier.SingleRoundoff);
            Assert.True(result.IsPassed, result.Failure);
        }
    }

    /// <summary>Reflection lists the interface; what the cases really call is counted, not declared.</summary>
    [Fact]
    public void All_EveryOpOfIOps_IsCalledByACase()
    {
        ProfiledOps profile = ProfiledOps.Wrap(new ReferenceOps());
        using var backend = new DecoratedBackend(CheckedOps.Wrap(profile));

        foreach (KernelCase kernel in KernelCases.All)
        {
            CaseRun.Run(kernel, CasePhase.Forward, backend, kernel.InitialValues());
            if (kernel.HasBackward)
            {
                Values forward = CaseRun.Run(kernel, CasePhase.Forward, backend, kernel.InitialValues());
                CaseRun.Run(kernel, CasePhase.Backward, backend, CaseRun.BackwardStart(kernel, kernel.InitialValues(), forward, DType.F64));
            }
        }

        string[] called = [.. profile.Rows.Select(static row => row.Op.Replace("_", "", StringComparison.Ordinal)).Order()];
        string[] declared = [.. typeof(IOps).GetMethods(BindingFlags.Public | BindingFlags.Instance)
            .Select(static method => method.Name.ToLowerInvariant().Replace("forward", "", StringComparison.Ordinal)).Order()];
        Assert.Equal(declared, called);
    }

    [Fact]
    public void Profile_LinearCase_CountsItsFlops()
    {
        ProfiledOps profile = ProfiledOps.Wrap(new ReferenceOps());
        using var backend = new DecoratedBackend(profile);
        KernelCase kernel = KernelCases.All.Single(static kernel => kernel.Name == "linear/5x123x123");

        CaseRun.RunTwice(kernel, CasePhase.Forward, backend, kernel.InitialValues());

        OpProfile row = Assert.Single(profile.Rows);
        Assert.Equal(("linear", 2, 2 * kernel.ForwardFlops), (row.Op, row.Calls, row.Flops));
        Assert.Equal(2 * 8 * ((5 * 123) + (123 * 123) + (5 * 123)), row.Bytes);
    }
}
