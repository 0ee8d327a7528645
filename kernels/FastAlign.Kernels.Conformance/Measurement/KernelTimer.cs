using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>Times cases of kernels, then checks them on the same backend.</summary>
public static class KernelTimer
{
    /// <summary>A row for each call of a case that <paramref name="phases"/> names.</summary>
    public static IReadOnlyList<Measured> Measure(KernelCase kernel, Backend backend, TimeBudget budget, params ReadOnlySpan<CasePhase> phases) =>
        Measure(kernel, backend, budget, 0, phases);

    /// <summary>As the other, checked under bounds of another <paramref name="roundoff"/> than the backend's (0).</summary>
    public static IReadOnlyList<Measured> Measure(KernelCase kernel, Backend backend, TimeBudget budget, double roundoff, params ReadOnlySpan<CasePhase> phases)
    {
        var rows = new List<Measured>();
        try
        {
            using (var calls = new CaseCalls(kernel, backend))
            {
                foreach (CasePhase phase in phases)
                {
                    if (phase == CasePhase.Forward || kernel.HasBackward)
                    {
                        rows.Add(Describe(kernel, phase, backend) with { Times = Times.Measure(() => calls.Run(phase), budget) });
                    }
                }
            }

            string? failure = SampledVerifier.Check(kernel, backend, roundoff);
            return rows.ConvertAll(row => row with { Failure = failure });
        }
        catch (NotSupportedException)
        {
            return [new Measured(kernel.Name, default, kernel.WorkOf(CasePhase.Forward), 0) { IsSupported = false }];
        }
    }

    /// <summary>The name of a row.</summary>
    public static string NameOf(string kernel, CasePhase phase) => $"{kernel}.{(phase == CasePhase.Forward ? "forward" : "backward")}";

    /// <summary>A row without times, for those who time in their own way.</summary>
    public static Measured Describe(KernelCase kernel, CasePhase phase, Backend backend)
    {
        long operands = CaseTensors.BytesOf(kernel.Operands, backend.RealType);
        return new Measured(NameOf(kernel.Name, phase), default, kernel.WorkOf(phase), operands + backend.WorkspaceBytes);
    }
}
