namespace FastAlign.Cpu.Head;

/// <summary>How one model's products become log-probs.</summary>
/// <param name="transform">Scale, cap, temperature.</param>
/// <param name="logZ">Log-normalisers, from the tile's first row on.</param>
internal readonly unsafe struct DivergenceSide(LogitTransform transform, float* logZ)
{
    public readonly LogitTransform Transform = transform;

    public readonly float* LogZ = logZ;
}
