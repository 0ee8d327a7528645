using FastAlign.Kernels.Device;
using FastAlign.Tests.House;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>The device code of every kernel: clean by the lint, the same in every run, and the one that the manifest in the repository names.</summary>
public sealed class EmitTests
{
    private const string Manifest = "kernels/device-code.txt";

    private static readonly Lazy<EmittedKernel[]> Emitted = new(static () => [.. EmitTarget.All.SelectMany(static target => KernelEmitter.Emit(target))]);

    public static TheoryData<string> Targets => [.. EmitTarget.All.Select(static target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Emit_EveryKernel_IsClean(string target)
    {
        EmittedKernel[] emitted = [.. Emitted.Value.Where(kernel => kernel.Target.Name == target)];

        Assert.NotEmpty(emitted);
        Assert.Empty(emitted.SelectMany(static kernel => DeviceCodeLint.Violations(kernel).Select(violation => $"{kernel.Kernel} {kernel.Target}: {violation}")));
    }

    /// <summary>Every kernel is emitted somewhere, and under a key of its own.</summary>
    [Fact]
    public void Emit_Catalogue_IsCovered()
    {
        Assert.Empty(KernelCatalog.All.Except(Emitted.Value.Select(static kernel => kernel.Kernel)));
        Assert.Distinct(Emitted.Value.Select(static kernel => (kernel.Key, kernel.Target)));
        Assert.Distinct(Emitted.Value.Select(static kernel => (kernel.FileName, kernel.Target)));
    }

    /// <summary>A change of device code shows here, and in the diff of the manifest that goes with it.</summary>
    [Fact]
    public void Manifest_OfTheRepository_IsThatOfTheCode()
    {
        string committed = File.ReadAllText(RepositoryFiles.Full(Manifest));

        string[] differences = [.. CodeManifest.Differences(committed, CodeManifest.Text(Emitted.Value))];

        Assert.True(differences.Length == 0, $"device code changed; if that is meant, run 'fastalign kernels emit --manifest {Manifest}':\n{string.Join('\n', differences)}");
    }

    [Fact]
    public void Emit_InAnotherOrder_GivesTheSameCode()
    {
        EmitTarget target = EmitTarget.All[0];

        IEnumerable<string> again = KernelCatalog.All.Reverse().Where(kernel => kernel.Variant.Supports(target.Device)).Select(kernel => KernelEmitter.Emit(kernel, target).Code);

        Assert.Equal(Emitted.Value.Where(kernel => kernel.Target == target).Select(static kernel => kernel.Code), again.Reverse());
    }
}
