using System.Runtime.Intrinsics;

namespace FastAlign.Cpu.Gemm;

/// <summary><c>sums[j] += sum_i x[i, j]</c>, i ascending in one chain per column; a lane is a column. One piece of work is <see cref="Width"/> columns.</summary>
internal readonly unsafe struct ColumnSums(float* x, long stride, int rows, int columns, float* sums) : IParallelAction
{
    /// <summary>A cache line or more of each row per piece.</summary>
    public const int Width = 64;

    public void Run(int index, int thread)
    {
        int end = Math.Min((index + 1) * Width, columns);
        int j = index * Width;
        for (; j + Vector256<float>.Count <= end; j += Vector256<float>.Count)
        {
            Vector256<float> sum = Vector256.Load(sums + j);
            for (int i = 0; i < rows; i++)
            {
                sum += Vector256.Load(x + (i * stride) + j);
            }

            sum.Store(sums + j);
        }

        for (; j < end; j++)
        {
            float sum = sums[j];
            for (int i = 0; i < rows; i++)
            {
                sum += x[(i * stride) + j];
            }

            sums[j] = sum;
        }
    }
}
