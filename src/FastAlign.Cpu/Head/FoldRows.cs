using System.Runtime.Intrinsics;
using FastAlign.Kernels;

namespace FastAlign.Cpu.Head;

/// <summary>
/// Folds a tile of products into the states of its rows; a piece of work is <see cref="RowsPerPiece"/> rows. Where slopes are kept, the tile becomes
/// <c>e^(z - max) s</c>, ready for its product with W, and what earlier tiles added is brought to the new maximum.
/// </summary>
/// <remarks>
/// A lane is a vocabulary entry modulo 16. Eight vectors are added lane by lane in F32, then widened: one order for all rows, and a relative error of
/// the sums of a few F32 roundings, whatever the vocabulary.
/// </remarks>
internal readonly unsafe struct FoldRows(
    float* tile, HeadRowState* states, int* targets, int rows, int first, int count, LogitTransform transform, HeadStatistics statistics, SlopeRows slopes) : IParallelAction
{
    public const int RowsPerPiece = 8;

    private const int VectorsPerBlock = 8;

    public void Run(int index, int thread)
    {
        int end = Math.Min((index + 1) * RowsPerPiece, rows);
        for (int i = index * RowsPerPiece; i < end; i++)
        {
            float before = states[i].Max;
            Fold(tile + ((long)i * HeadScratch.Stride), ref states[i], targets[i]);
            if (!slopes.IsNone && first > 0 && states[i].Max > before)
            {
                slopes.Scale(i, MathF.Exp(before - states[i].Max), slopes[i]);
            }
        }
    }

    private void Fold(float* row, ref HeadRowState state, int target)
    {
        float max = Transform(row, ref state);
        if (max > state.Max)
        {
            state.RaiseMax(max, first + new ReadOnlySpan<float>(row, count).IndexOf(max));
        }

        if (target >= first && target < first + count)
        {
            state.Target = row[target - first];
        }

        AddExponentials(row, ref state);
    }

    /// <summary>Products become logits in place; lanes beyond the vocabulary become so small that they add nothing. Returns the largest logit.</summary>
    private float Transform(float* row, ref HeadRowState state)
    {
        for (int j = 0; j < count; j += Vector512<float>.Count)
        {
            transform.Apply(Vector512.Load(row + j)).Store(row + j);
        }

        if ((statistics & HeadStatistics.MeanLogit) != 0)
        {
            state.LogitSum += SumLogits(row);
        }

        int padded = (count + Vector512<float>.Count - 1) / Vector512<float>.Count * Vector512<float>.Count;
        new Span<float>(row + count, padded - count).Fill(float.MinValue);
        Vector512<float> max = Vector512.Load(row);
        for (int j = Vector512<float>.Count; j < count; j += Vector512<float>.Count)
        {
            max = Vector512.Max(max, Vector512.Load(row + j));
        }

        float largest = max[0];
        for (int lane = 1; lane < Vector512<float>.Count; lane++)
        {
            largest = Math.Max(largest, max[lane]);
        }

        return largest;
    }

    private double SumLogits(float* row)
    {
        Vector512<double> sum = default;
        int j = 0;
        for (; j + Vector512<float>.Count <= count; j += Vector512<float>.Count)
        {
            (Vector512<double> low, Vector512<double> high) = Vector512.Widen(Vector512.Load(row + j));
            sum += low + high;
        }

        double total = Vector512.Sum(sum);
        for (; j < count; j++)
        {
            total += row[j];
        }

        return total;
    }

    private void AddExponentials(float* row, ref HeadRowState state)
    {
        Vector512<float> max = Vector512.Create(state.Max);
        Vector512<double> sum = default, weighted = default, square = default;
        for (int start = 0; start < count; start += VectorsPerBlock * Vector512<float>.Count)
        {
            int end = Math.Min(start + (VectorsPerBlock * Vector512<float>.Count), count);
            Vector512<float> blockSum = default, blockWeighted = default, blockSquare = default;
            for (int j = start; j < end; j += Vector512<float>.Count)
            {
                Vector512<float> z = Vector512.Load(row + j);
                Vector512<float> d = z - max;
                Vector512<float> e = VectorMath.Exp(d);
                blockSum += e;
                if ((statistics & HeadStatistics.Entropy) != 0)
                {
                    // d may be minus infinity where e is 0.
                    blockWeighted += Vector512.ConditionalSelect(Vector512.Equals(e, Vector512<float>.Zero), e, e * d);
                }

                if ((statistics & HeadStatistics.LogSumSquares) != 0)
                {
                    blockSquare += e * e;
                }

                if (!slopes.IsNone)
                {
                    (e * transform.SlopeAt(z)).Store(row + j);
                }
            }

            sum += Vectors.Widen(blockSum);
            weighted += Vectors.Widen(blockWeighted);
            square += Vectors.Widen(blockSquare);
        }

        state.Sum += Vector512.Sum(sum);
        state.WeightedSum += Vector512.Sum(weighted);
        state.SquareSum += Vector512.Sum(square);
    }
}
