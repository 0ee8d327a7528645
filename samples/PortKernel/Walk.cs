using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;
using FastAlign.Kernels.Device;

namespace PortKernel;

/// <summary>What came of a step.</summary>
/// <param name="Step">Which.</param>
/// <param name="Cases">How many cases it was verified on.</param>
/// <param name="Error">Largest error over its bound; above 1 is wrong.</param>
/// <param name="Failure">What was wrong first, or null.</param>
/// <param name="Timed">Its times; null if it computes something wrong: a wrong kernel has no speed.</param>
public sealed record StepResult(Step Step, int Cases, double Error, string? Failure, Measured? Timed);

/// <summary>Verifies and times kernels in the place of one of the catalogue, by the verifier that <c>fastalign kernels verify</c> uses.</summary>
public static class Walk
{
    /// <summary>The cases that call the product: awkward shapes, strided rows, sums onto what is there.</summary>
    public static IReadOnlyList<KernelCase> Cases { get; } = [.. KernelCases.All.Where(static kernel => kernel.Op == OpNames.Linear)];

    /// <param name="backend">A device of the caller's own: its product is replaced.</param>
    /// <param name="step">The kernel to try.</param>
    /// <param name="timed">A case whose backward call is to be timed.</param>
    /// <param name="budget">How long.</param>
    public static StepResult Try(DeviceBackend backend, Step step, KernelCase timed, TimeBudget budget)
    {
        // The kernel that the device would choose; from here on its launches run ours.
        backend.Replace(GemmKernels.InputGradient.For(backend.Info), step.Kernel);
        CaseResult[] results = [.. Cases.Select(kernel => CaseVerifier.Verify(kernel, backend))];
        double error = results.Max(static result => result.BackwardError);
        if (Array.Find(results, static result => !result.IsPassed) is { } wrong)
        {
            return new StepResult(step, results.Length, error, $"{wrong.Name}: {wrong.Failure}", null);
        }

        Measured measured = KernelTimer.Measure(timed, backend, budget, CasePhase.Backward).Single();
        return new StepResult(step, results.Length, error, measured.Failure, measured.Failure is null ? measured : null);
    }

    /// <summary>The kernels of the catalogue for this device, to stand beside the steps; those of lower precision are another product.</summary>
    public static IEnumerable<Step> Catalogue(DeviceInfo device) =>
        from kernel in GemmKernels.InputGradient.Kernels.Reverse()
        where kernel.Variant.Supports(device) && kernel.Variant.Roundoff <= KernelVariant.SingleRoundoff
        select kernel.Variant == KernelVariant.Generic ? new Step("product: generic", kernel, 2.0 / 32, 8.0 / 16) : new Step($"product: {kernel.Variant}", kernel, 2.0 / 128, 16.0 / 64);

    /// <summary>What the device can do at most. Its compiler may leave the chains that measure arithmetic scalar, as PoCL's does: what a product reaches counts, too.</summary>
    public static Roofs RoofsOf(DeviceBackend backend, IReadOnlyList<StepResult> results)
    {
        DeviceRoof roof = backend.MeasureRoof();
        double product = results.Max(static result => result.Timed?.GigaflopsPerSecond ?? 0);
        return new Roofs(0, Math.Max(roof.GigaflopsPerSecond, product), product, roof.GigabytesPerSecond, roof.GigabytesPerSecond);
    }
}
