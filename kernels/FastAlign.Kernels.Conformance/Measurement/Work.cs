namespace FastAlign.Kernels.Conformance;

/// <summary>What one call does, whatever the time it takes.</summary>
/// <param name="Flops">Floating-point operations; a fused multiply-add counts two, an exponential ten.</param>
/// <param name="ReadBytes">Bytes it must read: each operand once, an operand that is added to as well.</param>
/// <param name="WrittenBytes">Bytes it must write.</param>
/// <param name="Arithmetic">Which roof bounds the operations: <see cref="Roof.Peak"/> for an op, <see cref="Roof.Gemm"/> for a step, which is mostly matrix products.</param>
public readonly record struct Work(double Flops, double ReadBytes, double WrittenBytes, Roof Arithmetic = Roof.Peak)
{
    /// <summary>Up to this share of writes, reading alone bounds the traffic.</summary>
    private const double FewWrites = 1.0 / 16;

    public double Bytes => ReadBytes + WrittenBytes;

    /// <summary>Operations per byte: the horizontal axis of a roofline.</summary>
    public double Intensity => Bytes > 0 ? Flops / Bytes : 0;

    /// <summary>Which roof bounds the traffic.</summary>
    public Roof Traffic => WrittenBytes <= FewWrites * ReadBytes ? Roof.Read : Roof.Copy;
}
