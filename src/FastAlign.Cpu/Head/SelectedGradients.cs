using System.Runtime.Intrinsics;
using FastAlign.Kernels;

namespace FastAlign.Cpu.Head;

/// <summary>
/// Turns a tile of products, in place, into the loss's derivatives by them: <c>sum_k dLogp_k (1[v = id_k] - p_v)</c> times the slope of the logit
/// transform. A lane is a vocabulary entry; a piece of work is <see cref="RowsPerPiece"/> rows.
/// </summary>
/// <param name="tile">Products.</param>
/// <param name="side">How they become log-probs.</param>
/// <param name="ids">[rows, k] from the tile's first row on.</param>
/// <param name="dLogProb">[rows, k] from the tile's first row on.</param>
/// <param name="k">Tokens per row.</param>
/// <param name="rows">Rows in use.</param>
/// <param name="first">First vocabulary entry of the tile.</param>
/// <param name="count">Vocabulary entries in use.</param>
internal readonly unsafe struct SelectedGradients(
    float* tile, DivergenceSide side, int* ids, float* dLogProb, int k, int rows, int first, int count) : IParallelAction
{
    public const int RowsPerPiece = 8;

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
        var chosen = new ReadOnlySpan<int>(ids + ((long)i * k), k);
        var derivatives = new ReadOnlySpan<float>(dLogProb + ((long)i * k), k);
        double total = 0;
        foreach (float derivative in derivatives)
        {
            total += derivative;
        }

        Vector512<float> minusTotal = Vector512.Create((float)-total);
        Vector512<float> logZ = Vector512.Create(side.LogZ[i]);
        for (int j = 0; j < count; j += Vector512<float>.Count)
        {
            Vector512<float> s = side.Transform.Apply(Vector512.Load(row + j), out Vector512<float> slope) - logZ;
            Vector512<float> dz = minusTotal * VectorMath.Exp(s);
            for (int n = 0; n < chosen.Length; n++)
            {
                int at = chosen[n] - first - j;
                if ((uint)at < (uint)Vector512<float>.Count)
                {
                    dz += Vector512<float>.Zero.WithElement(at, derivatives[n]);
                }
            }

            (dz * slope).Store(row + j);
        }
    }
}
