using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>The oracle: every op in double precision on the host, written straight from the formulas of <see cref="IOps"/>. Slow and plain by design.</summary>
public sealed class ReferenceBackend : HostBackend
{
    public override string Name => "reference f64";

    public override string NumericsId => "reference-f64-1";

    public override DType RealType => DType.F64;

    public override IOps Ops { get; } = new ReferenceOps();
}
