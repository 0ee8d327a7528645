namespace FastAlign.Kernels.Conformance;

/// <summary>What verification of a case found. Errors are ratios: the largest |computed - exact| / bound over all elements; above 1 fails.</summary>
/// <param name="Name">Of the case.</param>
/// <param name="Op">Of the case.</param>
/// <param name="IsSupported">False if the backend has no such op; then nothing else was checked.</param>
/// <param name="ForwardError">Of the forward call.</param>
/// <param name="BackwardError">Of the backward call; 0 without one.</param>
/// <param name="GradientError">Of the reference's gradient against central differences, as a share of <see cref="GradientCheck.Tolerance"/>.</param>
/// <param name="Accumulates">A second call on the same tensors added where the contract says add and changed nothing where it says assign.</param>
/// <param name="IsDeterministic">Two runs gave equal bits.</param>
/// <param name="Failure">The first thing that went wrong, or null.</param>
public sealed record CaseResult(
    string Name, string Op, bool IsSupported, double ForwardError, double BackwardError, double GradientError, bool Accumulates, bool IsDeterministic, string? Failure)
{
    public bool IsPassed => IsSupported && Failure is null;
}
