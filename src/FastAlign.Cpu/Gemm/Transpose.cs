using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastAlign.Cpu.Gemm;

/// <summary>Blocks of a row-major matrix turned on their side in registers: <c>to[k * width + i] = from[i, k]</c>. Strides of <c>from</c> are in bytes.</summary>
internal static unsafe class Transpose
{
    /// <summary>16 rows x 16 columns: 64 shuffles for 256 elements, and every cache line is read whole.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Block16<TStored>(byte* from, long stride, float* to, int width)
        where TStored : struct, IStoredElement => Block<TStored>(from, stride, 16, to, width);

    /// <summary>12 rows x 16 columns, the height of a register tile.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Block12<TStored>(byte* from, long stride, float* to, int width)
        where TStored : struct, IStoredElement => Block<TStored>(from, stride, 12, to, width);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block<TStored>(byte* from, long stride, int rows, float* to, int width)
        where TStored : struct, IStoredElement
    {
        Prefetch(from + (width * stride), stride, rows);
        (Vector512<float> a0, Vector512<float> a1, Vector512<float> a2, Vector512<float> a3) = Quads<TStored>(from, stride);
        (Vector512<float> b0, Vector512<float> b1, Vector512<float> b2, Vector512<float> b3) = Quads<TStored>(from + (4 * stride), stride);
        (Vector512<float> c0, Vector512<float> c1, Vector512<float> c2, Vector512<float> c3) = Quads<TStored>(from + (8 * stride), stride);
        (Vector512<float> d0, Vector512<float> d1, Vector512<float> d2, Vector512<float> d3) =
            rows < 16 ? default : Quads<TStored>(from + (12 * stride), stride);
        StoreColumns(a0, b0, c0, d0, rows, to, width);
        StoreColumns(a1, b1, c1, d1, rows, to + width, width);
        StoreColumns(a2, b2, c2, d2, rows, to + (2 * width), width);
        StoreColumns(a3, b3, c3, d3, rows, to + (3 * width), width);
    }

    /// <summary>Four rows of 16, by columns: 128-bit part i of vector j is column 4i + j of the four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> J0, Vector512<float> J1, Vector512<float> J2, Vector512<float> J3) Quads<TStored>(byte* rows, long stride)
        where TStored : struct, IStoredElement
    {
        Vector512<float> r0 = TStored.Read16(rows);
        Vector512<float> r1 = TStored.Read16(rows + stride);
        Vector512<float> r2 = TStored.Read16(rows + (2 * stride));
        Vector512<float> r3 = TStored.Read16(rows + (3 * stride));
        Vector512<double> low01 = Avx512F.UnpackLow(r0, r1).AsDouble();
        Vector512<double> high01 = Avx512F.UnpackHigh(r0, r1).AsDouble();
        Vector512<double> low23 = Avx512F.UnpackLow(r2, r3).AsDouble();
        Vector512<double> high23 = Avx512F.UnpackHigh(r2, r3).AsDouble();
        return (
            Avx512F.UnpackLow(low01, low23).AsSingle(),
            Avx512F.UnpackHigh(low01, low23).AsSingle(),
            Avx512F.UnpackLow(high01, high23).AsSingle(),
            Avx512F.UnpackHigh(high01, high23).AsSingle());
    }

    /// <summary>The 128-bit parts 0 and 2 of one vector, then of another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Even(Vector512<float> first, Vector512<float> second) => Avx512F.Shuffle4x128(first, second, 0x88);

    /// <summary>The 128-bit parts 1 and 3 of one vector, then of another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Odd(Vector512<float> first, Vector512<float> second) => Avx512F.Shuffle4x128(first, second, 0xDD);

    /// <summary>4 rows x 4 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Block4<TStored>(byte* from, long stride, float* to, int width)
        where TStored : struct, IStoredElement
    {
        Vector128<float> r0 = TStored.Read4(from);
        Vector128<float> r1 = TStored.Read4(from + stride);
        Vector128<float> r2 = TStored.Read4(from + (2 * stride));
        Vector128<float> r3 = TStored.Read4(from + (3 * stride));
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
    private static void Prefetch(byte* block, long stride, int rows)
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
        Vector512<float> even0 = Even(rows0, rows4), odd0 = Odd(rows0, rows4);
        Vector512<float> even8 = Even(rows8, rows12), odd8 = Odd(rows8, rows12);
        Store(Even(even0, even8), rows, to);
        Store(Even(odd0, odd8), rows, to + (4 * width));
        Store(Odd(even0, even8), rows, to + (8 * width));
        Store(Odd(odd0, odd8), rows, to + (12 * width));
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
