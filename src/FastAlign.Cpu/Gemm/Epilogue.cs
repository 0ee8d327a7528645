namespace FastAlign.Cpu.Gemm;

/// <summary>What happens to a finished sum on its way out: <c>c = sum + bias[n]</c>, then <c>+ addend[m, n]</c>.</summary>
internal readonly unsafe struct Epilogue(float* bias, float* addend, long addendStride)
{
    /// <summary>One value per column, or null.</summary>
    public readonly float* Bias = bias;

    /// <summary>Residual, or the output itself for <c>+=</c>; null for none.</summary>
    public readonly float* Addend = addend;

    /// <summary>Elements between rows of the addend.</summary>
    public readonly long AddendStride = addendStride;

    public bool IsEmpty => Bias == null && Addend == null;
}
