using System.Runtime.Intrinsics;
using FastAlign.Kernels;

namespace FastAlign.Cpu.Head;

/// <summary>
/// Turns a tile of products, in place, into the loss's derivatives by them: <c>dz_v = dLogp (1[v = target] - p_v) - dEntropy p_v (log p_v + entropy)</c>,
/// times the slope of the logit transform. A lane is a vocabulary entry; a piece of work is <see cref="RowsPerPiece"/> rows.
/// </summary>
internal readonly unsafe struct LogitGradients(
    float* tile, in LogitGradientRows perRow, int rows, int first, int count, LogitTransform transform) : IParallelAction
{
    public const int RowsPerPiece = 8;

    private readonly LogitGradientRows _perRow = perRow;

    public void Run(int index, int thread)
    {
        int end = Math.Min((index + 1) * RowsPerPiece, rows);
        for (int i = index * RowsPerPiece; i < end; i++)
        {
            Replace(tile + ((long)i * HeadScratch.Stride), i);
        }
    }

    private void Replace(float* row, int i)
    {
        float dLogProb = _perRow.DLogProb[i];
        bool hasEntropy = _perRow.DEntropy != null;
        Vector512<float> logZ = Vector512.Create(_perRow.LogZ[i]);
        Vector512<float> entropy = Vector512.Create(hasEntropy ? _perRow.Entropy[i] : 0);
        Vector512<float> dEntropy = Vector512.Create(hasEntropy ? _perRow.DEntropy[i] : 0);
        Vector512<float> minusDLogProb = Vector512.Create(-dLogProb);

        int target = _perRow.Targets[i] - first;
        for (int j = 0; j < count; j += Vector512<float>.Count)
        {
            Vector512<float> logProb = transform.Apply(Vector512.Load(row + j), out Vector512<float> slope) - logZ;
            Vector512<float> p = VectorMath.Exp(logProb);
            Vector512<float> dz = minusDLogProb * p;
            if (hasEntropy)
            {
                // log p may be minus infinity where p is 0.
                Vector512<float> term = Vector512.ConditionalSelect(Vector512.Equals(p, Vector512<float>.Zero), p, p * (logProb + entropy));
                dz -= dEntropy * term;
            }

            if (target >= j && target < j + Vector512<float>.Count)
            {
                dz += Vector512<float>.Zero.WithElement(target - j, dLogProb);
            }

            (dz * slope).Store(row + j);
        }
    }
}
