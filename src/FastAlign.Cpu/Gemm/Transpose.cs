using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastAlign.Cpu.Gemm;

/// <summary>Blocks of a row-major matrix turned on their side in registers: <c>to[k * width + i] = from[i * stride + k]</c>.</summary>
internal static unsafe class Transpose
{
    /// <summary>16 rows x 16 columns: 64 shuffles for 256 elements, and every cache line is read whole.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Block16(float* from, long stride, float* to, int width) => Block(from, stride, 16, to, width);

    /// <summary>12 rows x 16 columns, the height of a register tile.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Block12(float* from, long stride, float* to, int width) => Block(from, stride, 12, to, width);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block(float* from, long stride, int rows, float* to, int width)
    {
        Prefetch(from + (width * stride), stride, rows);
        Vector512<float> r0 = Vector512.Load(from);
        Vector512<float> r1 = Vector512.Load(from + stride);
        Vector512<float> r2 = Vector512.Load(from + (2 * stride));
        Vector512<float> r3 = Vector512.Load(from + (3 * stride));
        Vector512<float> r4 = Vector512.Load(from + (4 * stride));
        Vector512<float> r5 = Vector512.Load(from + (5 * stride));
        Vector512<float> r6 = Vector512.Load(from + (6 * stride));
        Vector512<float> r7 = Vector512.Load(from + (7 * stride));
        Vector512<float> r8 = Vector512.Load(from + (8 * stride));
        Vector512<float> r9 = Vector512.Load(from + (9 * stride));
        Vector512<float> r10 = Vector512.Load(from + (10 * stride));
        Vector512<float> r11 = Vector512.Load(from + (11 * stride));
        Vector512<float> r12 = rows < 16 ? default : Vector512.Load(from + (12 * stride));
        Vector512<float> r13 = rows < 16 ? default : Vector512.Load(from + (13 * stride));
        Vector512<float> r14 = rows < 16 ? default : Vector512.Load(from + (14 * stride));
        Vector512<float> r15 = rows < 16 ? default : Vector512.Load(from + (15 * stride));

        // Pairs of rows: lanes of two rows alternate.
        Vector512<double> p0 = Avx512F.UnpackLow(r0, r1).AsDouble();
        Vector512<double> p1 = Avx512F.UnpackHigh(r0, r1).AsDouble();
        Vector512<double> p2 = Avx512F.UnpackLow(r2, r3).AsDouble();
        Vector512<double> p3 = Avx512F.UnpackHigh(r2, r3).AsDouble();
        Vector512<double> p4 = Avx512F.UnpackLow(r4, r5).AsDouble();
        Vector512<double> p5 = Avx512F.UnpackHigh(r4, r5).AsDouble();
        Vector512<double> p6 = Avx512F.UnpackLow(r6, r7).AsDouble();
        Vector512<double> p7 = Avx512F.UnpackHigh(r6, r7).AsDouble();
        Vector512<double> p8 = Avx512F.UnpackLow(r8, r9).AsDouble();
        Vector512<double> p9 = Avx512F.UnpackHigh(r8, r9).AsDouble();
        Vector512<double> p10 = Avx512F.UnpackLow(r10, r11).AsDouble();
        Vector512<double> p11 = Avx512F.UnpackHigh(r10, r11).AsDouble();
        Vector512<double> p12 = Avx512F.UnpackLow(r12, r13).AsDouble();
        Vector512<double> p13 = Avx512F.UnpackHigh(r12, r13).AsDouble();
        Vector512<double> p14 = Avx512F.UnpackLow(r14, r15).AsDouble();
        Vector512<double> p15 = Avx512F.UnpackHigh(r14, r15).AsDouble();

        // Quads of rows: each 128-bit part holds one column of four rows; q[4g + j] has columns j, j+4, j+8, j+12 of rows 4g to 4g+3.
        Vector512<float> q0 = Avx512F.UnpackLow(p0, p2).AsSingle();
        Vector512<float> q1 = Avx512F.UnpackHigh(p0, p2).AsSingle();
        Vector512<float> q2 = Avx512F.UnpackLow(p1, p3).AsSingle();
        Vector512<float> q3 = Avx512F.UnpackHigh(p1, p3).AsSingle();
        Vector512<float> q4 = Avx512F.UnpackLow(p4, p6).AsSingle();
        Vector512<float> q5 = Avx512F.UnpackHigh(p4, p6).AsSingle();
        Vector512<float> q6 = Avx512F.UnpackLow(p5, p7).AsSingle();
        Vector512<float> q7 = Avx512F.UnpackHigh(p5, p7).AsSingle();
        Vector512<float> q8 = Avx512F.UnpackLow(p8, p10).AsSingle();
        Vector512<float> q9 = Avx512F.UnpackHigh(p8, p10).AsSingle();
        Vector512<float> q10 = Avx512F.UnpackLow(p9, p11).AsSingle();
        Vector512<float> q11 = Avx512F.UnpackHigh(p9, p11).AsSingle();
        Vector512<float> q12 = Avx512F.UnpackLow(p12, p14).AsSingle();
        Vector512<float> q13 = Avx512F.UnpackHigh(p12, p14).AsSingle();
        Vector512<float> q14 = Avx512F.UnpackLow(p13, p15).AsSingle();
        Vector512<float> q15 = Avx512F.UnpackHigh(p13, p15).AsSingle();

        StoreColumns(q0, q4, q8, q12, rows, to, width);
        StoreColumns(q1, q5, q9, q13, rows, to + width, width);
        StoreColumns(q2, q6, q10, q14, rows, to + (2 * width), width);
        StoreColumns(q3, q7, q11, q15, rows, to + (3 * width), width);
    }

    /// <summary>4 rows x 4 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Block4(float* from, long stride, float* to, int width)
    {
        Vector128<float> r0 = Vector128.Load(from);
        Vector128<float> r1 = Vector128.Load(from + stride);
        Vector128<float> r2 = Vector128.Load(from + (2 * stride));
        Vector128<float> r3 = Vector128.Load(from + (3 * stride));
        Vector128<float> p0 = Sse.UnpackLow(r0, r1);
        Vector128<float> p1 = Sse.UnpackHigh(r0, r1);
        Vector128<float> p2 = Sse.UnpackLow(r2, r3);
        Vector128<float> p3 = Sse.UnpackHigh(r2, r3);
        Sse.MoveLowToHigh(p0, p2).Store(to);
        Sse.MoveHighToLow(p2, p0).Store(to + width);
        Sse.MoveLowToHigh(p1, p3).Store(to + (2 * width));
        Sse.MoveHighToLow(p3, p1).Store(to + (3 * width));
    }

    /// <summary>
    /// Asks for the same block of the next panel. Weights of a decoding step stream from main memory in rows too short for the processor to foresee:
    /// 13.9 against 11.3 GB/s on one thread at [49152, 576], for 8 % of the speed where the weights are in the cache already. Past the last panel it
    /// asks for memory that is not there, which does nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* block, long stride, int rows)
    {
        for (int i = 0; i < rows; i++)
        {
            Sse.Prefetch1(block + (i * stride));
        }
    }

    /// <summary>Columns j, j+4, j+8, j+12 of 16 rows, from four vectors that hold four rows each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreColumns(Vector512<float> rows0, Vector512<float> rows4, Vector512<float> rows8, Vector512<float> rows12, int rows, float* to, int width)
    {
        const byte EvenParts = 0x88;
        const byte OddParts = 0xDD;
        Vector512<float> even0 = Avx512F.Shuffle4x128(rows0, rows4, EvenParts);
        Vector512<float> odd0 = Avx512F.Shuffle4x128(rows0, rows4, OddParts);
        Vector512<float> even8 = Avx512F.Shuffle4x128(rows8, rows12, EvenParts);
        Vector512<float> odd8 = Avx512F.Shuffle4x128(rows8, rows12, OddParts);
        Store(Avx512F.Shuffle4x128(even0, even8, EvenParts), rows, to);
        Store(Avx512F.Shuffle4x128(odd0, odd8, EvenParts), rows, to + (4 * width));
        Store(Avx512F.Shuffle4x128(even0, even8, OddParts), rows, to + (8 * width));
        Store(Avx512F.Shuffle4x128(odd0, odd8, OddParts), rows, to + (12 * width));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> column, int rows, float* to)
    {
        if (rows == 16)
        {
            column.Store(to);
        }
        else
        {
            column.GetLower().Store(to);
            column.GetUpper().GetLower().Store(to + 8);
        }
    }
}
