namespace FastAlign.Cpu.Head;

/// <summary>Numbers of the rows of one tile, each pointing at the tile's first row.</summary>
/// <param name="targets">Token scored by each row.</param>
/// <param name="logZ">From forward.</param>
/// <param name="entropy">From forward; read only with a gradient.</param>
/// <param name="dLogProb">Derivatives of the loss by the log-probs.</param>
/// <param name="dEntropy">Derivatives by the entropies, or null.</param>
internal readonly unsafe struct LogitGradientRows(int* targets, float* logZ, float* entropy, float* dLogProb, float* dEntropy)
{
    public readonly int* Targets = targets;
    public readonly float* LogZ = logZ;
    public readonly float* Entropy = entropy;
    public readonly float* DLogProb = dLogProb;
    public readonly float* DEntropy = dEntropy;
}
