using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastAlign.Cpu.Gemm;

/// <summary>Sizes of <see cref="MultiplyFewRows{TStored, TRows}"/>.</summary>
internal static class MultiplyFewRows
{
    /// <summary>Rows from which weights are worth packing: there both ways take as long, at twice as many packing is ahead.</summary>
    public const int MaxRows = 64;

    /// <summary>Outputs of a tile, and chains that run side by side in registers.</summary>
    public const int TileOutputs = 12;

    /// <summary>Outputs of a piece of work.</summary>
    public const int PieceOutputs = 4 * TileOutputs;

    /// <summary>Steps after which the next tile has its turn: so many of all rows stay in the second-level cache.</summary>
    public const int Span = 1024;

    /// <summary>Steps whose weights are fetched at a time: a cache line of F32.</summary>
    public const int BlockSteps = 16;

    public const int BlockFloats = TileOutputs * BlockSteps;

    /// <summary>Rows across the lanes of the widest vector.</summary>
    public const int MaxLanes = 16;

    /// <summary>Floats that one thread needs: the sums of a piece, those of one vector's rows on their side, and two blocks of weights.</summary>
    public const int ScratchFloats = (PieceOutputs * (MaxRows + MaxLanes)) + (2 * BlockFloats);
}

/// <summary>
/// A few rows against weights, <c>c[m, n] = sum_k x[m, k] w[n, k]</c>, then the epilogue: the product of decoding some sequences together.
/// </summary>
/// <remarks>
/// <para>
/// The rows lie across the lanes, so that a weight is read where it is and spread over a register by the multiply-add itself. Packing it into panels first,
/// as other products do, pays when many rows use it.
/// </para>
/// <code>
///               rows across lanes
///   w[n..n+12]  ┌──────────┐
///   ┌────────┐  │ k        │  turned on its side once for all outputs
///   │ →k     │  │ ↓   x    │
///   └────────┘  └──────────┘
/// </code>
/// <para>Each output is one chain of fused multiply-adds over ascending k, as in every other product.</para>
/// </remarks>
/// <param name="x">[rows / lanes, K, lanes]: the rows of one vector side by side, unused lanes zero.</param>
/// <param name="w">[N, K].</param>
/// <param name="wStride">Bytes between rows of <paramref name="w"/>.</param>
/// <param name="m">Rows.</param>
/// <param name="n">Outputs.</param>
/// <param name="k">Steps.</param>
/// <param name="epilogue">Bias and addend.</param>
/// <param name="scratch"><see cref="MultiplyFewRows.ScratchFloats"/> for each thread.</param>
/// <param name="c">[M, N].</param>
/// <param name="cStride">Elements between rows of <paramref name="c"/>.</param>
internal readonly unsafe struct MultiplyFewRows<TStored, TRows>(
    float* x, byte* w, long wStride, int m, int n, int k, Epilogue epilogue, float* scratch, float* c, long cStride) : IParallelAction
    where TStored : struct, IStoredElement
    where TRows : struct, IRowLanes<TRows>
{
    private readonly float* _x = x;
    private readonly byte* _w = w;
    private readonly float* _scratch = scratch;
    private readonly float* _c = c;

    public void Run(int index, int thread)
    {
        int first = index * MultiplyFewRows.PieceOutputs;
        int outputs = Math.Min(MultiplyFewRows.PieceOutputs, n - first);
        float* sums = _scratch + ((long)thread * MultiplyFewRows.ScratchFloats);
        float* turned = sums + (MultiplyFewRows.PieceOutputs * MultiplyFewRows.MaxRows);
        float* blocks = turned + (MultiplyFewRows.PieceOutputs * MultiplyFewRows.MaxLanes);
        for (int step = 0; step == 0 || step < k; step += MultiplyFewRows.Span)
        {
            int depth = Math.Min(MultiplyFewRows.Span, k - step);
            byte* weights = _w + (first * wStride) + ((long)step * TStored.Bytes);
            for (int row = 0; row < m; row += TRows.Count)
            {
                float* rows = _x + ((long)row * k) + ((long)step * TRows.Count);
                float* rowSums = sums + (row * MultiplyFewRows.PieceOutputs);
                int output = 0;
                for (; output + MultiplyFewRows.TileOutputs <= outputs; output += MultiplyFewRows.TileOutputs)
                {
                    AccumulateTile(rows, weights + (output * wStride), wStride, depth, step == 0, blocks, rowSums + (output * TRows.Count));
                }

                for (; output < outputs; output++)
                {
                    AccumulateOne(rows, weights + (output * wStride), depth, step == 0, rowSums + (output * TRows.Count));
                }
            }
        }

        for (int row = 0; row < m; row += TRows.Count)
        {
            int count = Math.Min(TRows.Count, m - row);
            Packing.Pack(Operand.OfRows(sums + (row * MultiplyFewRows.PieceOutputs), TRows.Count), 0, outputs, 0, count, outputs, turned);
            for (int i = 0; i < count; i++)
            {
                epilogue.Write(turned + (i * outputs), outputs, row + i, first, _c + ((row + i) * cStride) + first);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AccumulateTile(float* x, byte* w, long stride, int depth, bool isFirst, float* blocks, float* sums)
    {
        TRows s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        TRows s6 = default, s7 = default, s8 = default, s9 = default, s10 = default, s11 = default;
        if (!isFirst)
        {
            s0 = TRows.Load(sums);
            s1 = TRows.Load(sums + TRows.Count);
            s2 = TRows.Load(sums + (2 * TRows.Count));
            s3 = TRows.Load(sums + (3 * TRows.Count));
            s4 = TRows.Load(sums + (4 * TRows.Count));
            s5 = TRows.Load(sums + (5 * TRows.Count));
            s6 = TRows.Load(sums + (6 * TRows.Count));
            s7 = TRows.Load(sums + (7 * TRows.Count));
            s8 = TRows.Load(sums + (8 * TRows.Count));
            s9 = TRows.Load(sums + (9 * TRows.Count));
            s10 = TRows.Load(sums + (10 * TRows.Count));
            s11 = TRows.Load(sums + (11 * TRows.Count));
        }

        // The block after this one is on its way while this one is multiplied.
        float* block = blocks;
        float* next = blocks + MultiplyFewRows.BlockFloats;
        Fetch(w, stride, Math.Min(MultiplyFewRows.BlockSteps, depth), block);
        for (int start = 0; start < depth; start += MultiplyFewRows.BlockSteps)
        {
            int left = depth - start - MultiplyFewRows.BlockSteps;
            if (left > 0)
            {
                Fetch(w + ((start + MultiplyFewRows.BlockSteps) * TStored.Bytes), stride, Math.Min(MultiplyFewRows.BlockSteps, left), next);
            }

            int steps = Math.Min(MultiplyFewRows.BlockSteps, depth - start);
            for (int step = 0; step < steps; step++, x += TRows.Count)
            {
                TRows rows = TRows.Load(x);
                float* weight = block + step;
                s0 = TRows.FusedMultiplyAdd(weight, rows, s0);
                s1 = TRows.FusedMultiplyAdd(weight + MultiplyFewRows.BlockSteps, rows, s1);
                s2 = TRows.FusedMultiplyAdd(weight + (2 * MultiplyFewRows.BlockSteps), rows, s2);
                s3 = TRows.FusedMultiplyAdd(weight + (3 * MultiplyFewRows.BlockSteps), rows, s3);
                s4 = TRows.FusedMultiplyAdd(weight + (4 * MultiplyFewRows.BlockSteps), rows, s4);
                s5 = TRows.FusedMultiplyAdd(weight + (5 * MultiplyFewRows.BlockSteps), rows, s5);
                s6 = TRows.FusedMultiplyAdd(weight + (6 * MultiplyFewRows.BlockSteps), rows, s6);
                s7 = TRows.FusedMultiplyAdd(weight + (7 * MultiplyFewRows.BlockSteps), rows, s7);
                s8 = TRows.FusedMultiplyAdd(weight + (8 * MultiplyFewRows.BlockSteps), rows, s8);
                s9 = TRows.FusedMultiplyAdd(weight + (9 * MultiplyFewRows.BlockSteps), rows, s9);
                s10 = TRows.FusedMultiplyAdd(weight + (10 * MultiplyFewRows.BlockSteps), rows, s10);
                s11 = TRows.FusedMultiplyAdd(weight + (11 * MultiplyFewRows.BlockSteps), rows, s11);
            }

            float* free = block;
            block = next;
            next = free;
        }

        s0.Store(sums);
        s1.Store(sums + TRows.Count);
        s2.Store(sums + (2 * TRows.Count));
        s3.Store(sums + (3 * TRows.Count));
        s4.Store(sums + (4 * TRows.Count));
        s5.Store(sums + (5 * TRows.Count));
        s6.Store(sums + (6 * TRows.Count));
        s7.Store(sums + (7 * TRows.Count));
        s8.Store(sums + (8 * TRows.Count));
        s9.Store(sums + (9 * TRows.Count));
        s10.Store(sums + (10 * TRows.Count));
        s11.Store(sums + (11 * TRows.Count));
    }

    private static void AccumulateOne(float* x, byte* w, int depth, bool isFirst, float* sums)
    {
        TRows sum = isFirst ? default : TRows.Load(sums);
        for (int step = 0; step < depth; step++)
        {
            float weight = TStored.Read(w + (step * TStored.Bytes));
            sum = TRows.FusedMultiplyAdd(&weight, TRows.Load(x + (step * TRows.Count)), sum);
        }

        sum.Store(sums);
    }

    /// <summary>
    /// Copies the weights of a tile and a few steps side by side, <c>block[i * BlockSteps + step]</c>: each line of memory is touched once, for rows of 8 KiB
    /// would drive each other out of the first-level cache, and BF16 is widened by the vector. Asks for the same block of the next tile, too: weights
    /// stream from memory in rows too short for the processor to foresee.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(byte* w, long stride, int steps, float* block)
    {
        for (int i = 0; i < MultiplyFewRows.TileOutputs; i++, w += stride, block += MultiplyFewRows.BlockSteps)
        {
            Sse.Prefetch1(w + (MultiplyFewRows.TileOutputs * stride));
            if (steps == MultiplyFewRows.BlockSteps)
            {
                TStored.Read8(w).Store(block);
                TStored.Read8(w + (8 * TStored.Bytes)).Store(block + 8);
            }
            else
            {
                for (int step = 0; step < steps; step++)
                {
                    block[step] = TStored.Read(w + (step * TStored.Bytes));
                }
            }
        }
    }
}
