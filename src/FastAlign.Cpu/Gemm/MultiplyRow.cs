using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static FastAlign.Cpu.Gemm.Transpose;

namespace FastAlign.Cpu.Gemm;

/// <summary>Sizes of <see cref="MultiplyRow{TStored}"/>.</summary>
internal static class MultiplyRow
{
    /// <summary>Outputs of a piece of work.</summary>
    public const int PieceOutputs = 64;
}

/// <summary>
/// One row against weights, <c>c[n] = sum_k x[k] w[n, k]</c>, then the epilogue: the product of decoding one sequence. It reads each weight once and does
/// nothing else with it, so main memory sets its speed if the arithmetic stays out of the way.
/// </summary>
/// <remarks>
/// Sixteen outputs lie across the lanes of one sum. Blocks of 16 x 16 weights are turned on their side in registers and never stored. Each output is one
/// chain of fused multiply-adds over ascending k, as in every other product.
/// </remarks>
/// <param name="x">[K].</param>
/// <param name="w">[N, K].</param>
/// <param name="stride">Bytes between rows of <paramref name="w"/>.</param>
/// <param name="n">Outputs.</param>
/// <param name="k">Steps.</param>
/// <param name="epilogue">Bias and addend.</param>
/// <param name="c">[N].</param>
internal readonly unsafe struct MultiplyRow<TStored>(float* x, byte* w, long stride, int n, int k, Epilogue epilogue, float* c) : IParallelAction
    where TStored : struct, IStoredElement
{
    private const int Lanes = 16;

    private readonly float* _x = x;
    private readonly byte* _w = w;
    private readonly float* _c = c;

    public void Run(int index, int thread)
    {
        int end = Math.Min(n, (index + 1) * MultiplyRow.PieceOutputs);
        float* sums = stackalloc float[Lanes];
        for (int first = index * MultiplyRow.PieceOutputs; first < end; first += Lanes)
        {
            int count = Math.Min(Lanes, end - first);
            byte* rows = _w + (first * stride);
            int done = count == Lanes ? k / Lanes * Lanes : 0;
            SumBlocks(_x, rows, stride, done).Store(sums);
            for (int i = 0; i < count; i++)
            {
                float sum = sums[i];
                for (int step = done; step < k; step++)
                {
                    sum = float.FusedMultiplyAdd(_x[step], TStored.Read(rows + (i * stride) + (step * TStored.Bytes)), sum);
                }

                sum = epilogue.Bias == null ? sum : sum + epilogue.Bias[first + i];
                _c[first + i] = epilogue.Addend == null ? sum : sum + epilogue.Addend[first + i];
            }
        }
    }

    /// <summary>Chains of sixteen rows over whole blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector512<float> SumBlocks(float* x, byte* rows, long stride, int depth)
    {
        Vector512<float> sum = default;
        for (int step = 0; step < depth; step += Lanes, x += Lanes, rows += Lanes * TStored.Bytes)
        {
            // Weights stream from memory in rows too short for the processor to foresee: the same block of the next sixteen rows.
            byte* ahead = rows + (Lanes * stride);
            for (int i = 0; i < Lanes; i++)
            {
                Sse.Prefetch1(ahead + (i * stride));
            }

            (Vector512<float> a0, Vector512<float> a1, Vector512<float> a2, Vector512<float> a3) = Quads<TStored>(rows, stride);
            (Vector512<float> b0, Vector512<float> b1, Vector512<float> b2, Vector512<float> b3) = Quads<TStored>(rows + (4 * stride), stride);
            (Vector512<float> c0, Vector512<float> c1, Vector512<float> c2, Vector512<float> c3) = Quads<TStored>(rows + (8 * stride), stride);
            (Vector512<float> d0, Vector512<float> d1, Vector512<float> d2, Vector512<float> d3) = Quads<TStored>(rows + (12 * stride), stride);

            // Columns in ascending order.
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[0]), Even(Even(a0, b0), Even(c0, d0)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[1]), Even(Even(a1, b1), Even(c1, d1)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[2]), Even(Even(a2, b2), Even(c2, d2)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[3]), Even(Even(a3, b3), Even(c3, d3)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[4]), Even(Odd(a0, b0), Odd(c0, d0)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[5]), Even(Odd(a1, b1), Odd(c1, d1)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[6]), Even(Odd(a2, b2), Odd(c2, d2)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[7]), Even(Odd(a3, b3), Odd(c3, d3)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[8]), Odd(Even(a0, b0), Even(c0, d0)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[9]), Odd(Even(a1, b1), Even(c1, d1)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[10]), Odd(Even(a2, b2), Even(c2, d2)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[11]), Odd(Even(a3, b3), Even(c3, d3)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[12]), Odd(Odd(a0, b0), Odd(c0, d0)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[13]), Odd(Odd(a1, b1), Odd(c1, d1)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[14]), Odd(Odd(a2, b2), Odd(c2, d2)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[15]), Odd(Odd(a3, b3), Odd(c3, d3)), sum);
        }

        return sum;
    }
}
