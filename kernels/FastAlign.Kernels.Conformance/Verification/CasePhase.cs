namespace FastAlign.Kernels.Conformance;

/// <summary>Which call of a case.</summary>
public enum CasePhase
{
    Forward,
    Backward,
}
