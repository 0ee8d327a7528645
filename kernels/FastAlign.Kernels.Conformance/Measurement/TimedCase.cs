namespace FastAlign.Kernels.Conformance;

/// <summary>A case to time; made when its turn comes, since operands of a real vocabulary take hundreds of megabytes.</summary>
/// <param name="Name">As the case's.</param>
/// <param name="Create">Makes the case.</param>
/// <param name="Phases">Which calls to time.</param>
public sealed record TimedCase(string Name, Func<KernelCase> Create, CasePhase[] Phases)
{
    private static readonly CasePhase[] Forward = [CasePhase.Forward];
    private static readonly CasePhase[] Both = [CasePhase.Forward, CasePhase.Backward];

    /// <summary>All calls of cases that are there already.</summary>
    public static IEnumerable<TimedCase> Of(IEnumerable<KernelCase> cases) =>
        cases.Select(static kernel => new TimedCase(kernel.Name, () => kernel, kernel.HasBackward ? Both : Forward));
}
