using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastAlign.Cpu;

/// <summary>
/// The one matrix product of attention, <c>C (=|+=) A B</c>, by register tiles of 4 rows x 64 columns (16 accumulators of 16 lanes).
/// </summary>
/// <remarks>
/// Each element is one chain of fused multiply-adds over ascending steps, from 0 or from the value already in C. Which tile computes it does
/// not matter: the narrow tile has the same chain. A is read one broadcast at a time, so it may lie either way round in memory.
/// </remarks>
internal static unsafe class AttentionTiles
{
    /// <summary>Rows of C are computed in fours: C must have room for them, A for their reads.</summary>
    public const int Rows = 4;

    /// <summary>Columns of the narrowest tile.</summary>
    public const int Slim = 8;

    private const int Wide = 64;
    private const int Narrow = 16;

    /// <summary><c>C = A B</c>, or <c>C += A B</c>.</summary>
    /// <param name="a">[rows, steps], any strides.</param>
    /// <param name="b">[steps, columns], contiguous rows.</param>
    /// <param name="steps">Length of each chain.</param>
    /// <param name="c">[rows, columns], contiguous rows.</param>
    /// <param name="rows">Rounded up to a multiple of 4; of 8 where columns end in a slim tile.</param>
    /// <param name="columns">A multiple of 8.</param>
    /// <param name="isAdded">Whether chains start from C instead of 0.</param>
    public static void Multiply(Matrix a, Matrix b, int steps, Matrix c, int rows, int columns, bool isAdded)
    {
        int column = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; column + Wide <= columns; column += Wide)
            {
                for (int row = 0; row < rows; row += Rows)
                {
                    MultiplyWide(a.From(row, 0), b.From(0, column), steps, c.From(row, column), isAdded);
                }
            }
        }

        for (; column + Narrow <= columns; column += Narrow)
        {
            for (int row = 0; row < rows; row += Rows)
            {
                MultiplyNarrow(a.From(row, 0), b.From(0, column), steps, c.From(row, column), isAdded);
            }
        }

        if (column < columns)
        {
            for (int row = 0; row < rows; row += 2 * Rows)
            {
                MultiplySlim(a.From(row, 0), b.From(0, column), steps, c.From(row, column), isAdded);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyWide(Matrix a, Matrix b, int steps, Matrix c, bool isAdded)
    {
        float* r0 = c.Start, r1 = r0 + c.Row, r2 = r1 + c.Row, r3 = r2 + c.Row;
        Vector512<float> c00 = default, c01 = default, c02 = default, c03 = default;
        Vector512<float> c10 = default, c11 = default, c12 = default, c13 = default;
        Vector512<float> c20 = default, c21 = default, c22 = default, c23 = default;
        Vector512<float> c30 = default, c31 = default, c32 = default, c33 = default;
        if (isAdded)
        {
            (c00, c01, c02, c03) = (Vector512.Load(r0), Vector512.Load(r0 + 16), Vector512.Load(r0 + 32), Vector512.Load(r0 + 48));
            (c10, c11, c12, c13) = (Vector512.Load(r1), Vector512.Load(r1 + 16), Vector512.Load(r1 + 32), Vector512.Load(r1 + 48));
            (c20, c21, c22, c23) = (Vector512.Load(r2), Vector512.Load(r2 + 16), Vector512.Load(r2 + 32), Vector512.Load(r2 + 48));
            (c30, c31, c32, c33) = (Vector512.Load(r3), Vector512.Load(r3 + 16), Vector512.Load(r3 + 32), Vector512.Load(r3 + 48));
        }

        float* a0 = a.Start, a1 = a0 + a.Row, a2 = a1 + a.Row, a3 = a2 + a.Row;
        float* from = b.Start;
        nint aStep = a.Column, bStep = b.Row;
        for (int step = 0; step < steps; step++)
        {
            Vector512<float> b0 = Vector512.Load(from), b1 = Vector512.Load(from + 16), b2 = Vector512.Load(from + 32), b3 = Vector512.Load(from + 48);
            Vector512<float> x = Vector512.Create(*a0);
            c00 = Vector512.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector512.FusedMultiplyAdd(x, b1, c01);
            c02 = Vector512.FusedMultiplyAdd(x, b2, c02);
            c03 = Vector512.FusedMultiplyAdd(x, b3, c03);
            x = Vector512.Create(*a1);
            c10 = Vector512.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector512.FusedMultiplyAdd(x, b1, c11);
            c12 = Vector512.FusedMultiplyAdd(x, b2, c12);
            c13 = Vector512.FusedMultiplyAdd(x, b3, c13);
            x = Vector512.Create(*a2);
            c20 = Vector512.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector512.FusedMultiplyAdd(x, b1, c21);
            c22 = Vector512.FusedMultiplyAdd(x, b2, c22);
            c23 = Vector512.FusedMultiplyAdd(x, b3, c23);
            x = Vector512.Create(*a3);
            c30 = Vector512.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector512.FusedMultiplyAdd(x, b1, c31);
            c32 = Vector512.FusedMultiplyAdd(x, b2, c32);
            c33 = Vector512.FusedMultiplyAdd(x, b3, c33);
            a0 += aStep;
            a1 += aStep;
            a2 += aStep;
            a3 += aStep;
            from += bStep;
        }

        c00.Store(r0);
        c01.Store(r0 + 16);
        c02.Store(r0 + 32);
        c03.Store(r0 + 48);
        c10.Store(r1);
        c11.Store(r1 + 16);
        c12.Store(r1 + 32);
        c13.Store(r1 + 48);
        c20.Store(r2);
        c21.Store(r2 + 16);
        c22.Store(r2 + 32);
        c23.Store(r2 + 48);
        c30.Store(r3);
        c31.Store(r3 + 16);
        c32.Store(r3 + 32);
        c33.Store(r3 + 48);
    }

    /// <summary>4 x 16 in pairs of 8 lanes: the tile of machines without AVX-512, and of column tails on all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyNarrow(Matrix a, Matrix b, int steps, Matrix c, bool isAdded)
    {
        float* r0 = c.Start, r1 = r0 + c.Row, r2 = r1 + c.Row, r3 = r2 + c.Row;
        Vector256<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default;
        if (isAdded)
        {
            (c00, c01, c10, c11) = (Vector256.Load(r0), Vector256.Load(r0 + 8), Vector256.Load(r1), Vector256.Load(r1 + 8));
            (c20, c21, c30, c31) = (Vector256.Load(r2), Vector256.Load(r2 + 8), Vector256.Load(r3), Vector256.Load(r3 + 8));
        }

        float* a0 = a.Start, a1 = a0 + a.Row, a2 = a1 + a.Row, a3 = a2 + a.Row;
        float* from = b.Start;
        nint aStep = a.Column, bStep = b.Row;
        for (int step = 0; step < steps; step++)
        {
            Vector256<float> b0 = Vector256.Load(from), b1 = Vector256.Load(from + 8);
            Vector256<float> x = Vector256.Create(*a0);
            c00 = Vector256.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector256.FusedMultiplyAdd(x, b1, c01);
            x = Vector256.Create(*a1);
            c10 = Vector256.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector256.FusedMultiplyAdd(x, b1, c11);
            x = Vector256.Create(*a2);
            c20 = Vector256.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector256.FusedMultiplyAdd(x, b1, c21);
            x = Vector256.Create(*a3);
            c30 = Vector256.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector256.FusedMultiplyAdd(x, b1, c31);
            a0 += aStep;
            a1 += aStep;
            a2 += aStep;
            a3 += aStep;
            from += bStep;
        }

        c00.Store(r0);
        c01.Store(r0 + 8);
        c10.Store(r1);
        c11.Store(r1 + 8);
        c20.Store(r2);
        c21.Store(r2 + 8);
        c30.Store(r3);
        c31.Store(r3 + 8);
    }

    /// <summary>8 x 8: eight chains keep both multipliers busy where heads are no wider.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplySlim(Matrix a, Matrix b, int steps, Matrix c, bool isAdded)
    {
        float* r0 = c.Start, r4 = r0 + (4 * c.Row);
        Vector256<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        if (isAdded)
        {
            (c0, c1, c2, c3) = (Vector256.Load(r0), Vector256.Load(r0 + c.Row), Vector256.Load(r0 + (2 * c.Row)), Vector256.Load(r0 + (3 * c.Row)));
            (c4, c5, c6, c7) = (Vector256.Load(r4), Vector256.Load(r4 + c.Row), Vector256.Load(r4 + (2 * c.Row)), Vector256.Load(r4 + (3 * c.Row)));
        }

        float* a0 = a.Start, a1 = a0 + a.Row, a2 = a1 + a.Row, a3 = a2 + a.Row, a4 = a3 + a.Row, a5 = a4 + a.Row, a6 = a5 + a.Row, a7 = a6 + a.Row;
        float* from = b.Start;
        nint aStep = a.Column, bStep = b.Row, at = 0;
        for (int step = 0; step < steps; step++)
        {
            Vector256<float> x = Vector256.Load(from);
            c0 = Vector256.FusedMultiplyAdd(Vector256.Create(a0[at]), x, c0);
            c1 = Vector256.FusedMultiplyAdd(Vector256.Create(a1[at]), x, c1);
            c2 = Vector256.FusedMultiplyAdd(Vector256.Create(a2[at]), x, c2);
            c3 = Vector256.FusedMultiplyAdd(Vector256.Create(a3[at]), x, c3);
            c4 = Vector256.FusedMultiplyAdd(Vector256.Create(a4[at]), x, c4);
            c5 = Vector256.FusedMultiplyAdd(Vector256.Create(a5[at]), x, c5);
            c6 = Vector256.FusedMultiplyAdd(Vector256.Create(a6[at]), x, c6);
            c7 = Vector256.FusedMultiplyAdd(Vector256.Create(a7[at]), x, c7);
            at += aStep;
            from += bStep;
        }

        c0.Store(r0);
        c1.Store(r0 + c.Row);
        c2.Store(r0 + (2 * c.Row));
        c3.Store(r0 + (3 * c.Row));
        c4.Store(r4);
        c5.Store(r4 + c.Row);
        c6.Store(r4 + (2 * c.Row));
        c7.Store(r4 + (3 * c.Row));
    }
}
