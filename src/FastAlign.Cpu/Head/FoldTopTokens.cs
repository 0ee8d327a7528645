using System.Runtime.Intrinsics;

namespace FastAlign.Cpu.Head;

/// <summary>
/// Keeps, of each row of a tile, the largest products seen so far, in descending order. Vocabulary entries arrive in ascending order and only a larger
/// one displaces another, so the lower index stays first among equals.
/// </summary>
/// <param name="tile">Products.</param>
/// <param name="logits">[rows, k] output from the tile's first row on; minus infinity before the first tile.</param>
/// <param name="ids">[rows, k] output from the tile's first row on.</param>
/// <param name="k">Entries kept per row.</param>
/// <param name="rows">Rows in use.</param>
/// <param name="first">First vocabulary entry of the tile.</param>
/// <param name="count">Vocabulary entries in use.</param>
internal readonly unsafe struct FoldTopTokens(float* tile, float* logits, int* ids, int k, int rows, int first, int count) : IParallelAction
{
    public const int RowsPerPiece = 8;

    public void Run(int index, int thread)
    {
        int end = Math.Min((index + 1) * RowsPerPiece, rows);
        for (int i = index * RowsPerPiece; i < end; i++)
        {
            Fold(tile + ((long)i * HeadScratch.Stride), new Span<float>(logits + ((long)i * k), k), new Span<int>(ids + ((long)i * k), k));
        }
    }

    /// <summary>Most vectors hold nothing large enough: one comparison skips sixteen entries.</summary>
    private void Fold(float* row, Span<float> best, Span<int> bestIds)
    {
        for (int j = 0; j < count; j += Vector512<float>.Count)
        {
            if (!Vector512.GreaterThanAny(Vector512.Load(row + j), Vector512.Create(best[^1])))
            {
                continue;
            }

            int end = Math.Min(j + Vector512<float>.Count, count);
            for (int v = j; v < end; v++)
            {
                if (row[v] > best[^1])
                {
                    Insert(best, bestIds, row[v], first + v);
                }
            }
        }
    }

    private static void Insert(Span<float> best, Span<int> bestIds, float logit, int id)
    {
        int at = best.Length - 1;
        while (at > 0 && logit > best[at - 1])
        {
            (best[at], bestIds[at]) = (best[at - 1], bestIds[at - 1]);
            at--;
        }

        (best[at], bestIds[at]) = (logit, id);
    }
}
