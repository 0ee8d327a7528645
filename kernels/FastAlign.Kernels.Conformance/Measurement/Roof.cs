namespace FastAlign.Kernels.Conformance;

/// <summary>Limits of a machine that a speed is a share of; see <see cref="Roofs"/>.</summary>
public enum Roof
{
    /// <summary>Fused multiply-adds in registers.</summary>
    Peak,

    /// <summary>The best large matrix product of the backend itself.</summary>
    Gemm,

    /// <summary>Reading memory.</summary>
    Read,

    /// <summary>Copying memory, bytes read and written together.</summary>
    Copy,
}
