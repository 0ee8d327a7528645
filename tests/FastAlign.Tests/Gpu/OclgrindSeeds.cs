using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>What <see cref="OclgrindTests"/> runs under Oclgrind: kernels with one mistake each, on one small case. Alone they say nothing, so they run only when asked for by name.</summary>
public sealed class OclgrindSeeds
{
    [Fact(Explicit = true)]
    public void RightKernels()
    {
        Run(DeviceMutants.All.Single(static mutant => mutant.Name == DeviceMutants.MissingBarrier) with { Plant = static _ => { } });
        Run(DeviceMutants.WriteBeyondTheBuffer with { Plant = static _ => { } });
    }

    [Fact(Explicit = true)]
    public void MissingBarrier() => Run(DeviceMutants.All.Single(static mutant => mutant.Name == DeviceMutants.MissingBarrier));

    [Fact(Explicit = true)]
    public void WriteBeyondTheBuffer() => Run(DeviceMutants.WriteBeyondTheBuffer);

    private static void Run(DeviceMutant mutant)
    {
        using var backend = new DeviceBackend(DeviceSelection.Parse(TestDevices.OpenCL));
        Assert.Contains("Oclgrind", backend.Name, StringComparison.Ordinal);
        mutant.Plant(backend);

        CaseVerifier.Verify(KernelCases.All.Single(kernel => kernel.Name == mutant.Case), backend);
    }
}
