using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastAlign.Cpu.Gemm;

/// <summary>
/// 6 rows of 16 columns: 12 of the 16 vector registers hold sums. A lane is one output column, so lanes never meet and each sum is one chain of
/// fused multiply-adds.
/// </summary>
internal readonly unsafe struct Avx2Tile : IGemmTile
{
    public static int Rows => 6;

    public static int Columns => 16;

    public static void Accumulate(float* a, float* b, int depth, int rows, bool isFirst, float* c, long stride)
    {
        if (rows > 2)
        {
            Accumulate6(a, b, depth, isFirst, c, stride);
            return;
        }

        // Few rows (decoding): a narrower tile does not spend time on rows that nobody reads.
        for (; rows > 0; rows--, a++, c += stride)
        {
            Accumulate1(a, b, depth, isFirst, c, stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate6(float* a, float* b, int depth, bool isFirst, float* c, long stride)
    {
        Vector256<float> c0l = default, c0h = default;
        Vector256<float> c1l = default, c1h = default;
        Vector256<float> c2l = default, c2h = default;
        Vector256<float> c3l = default, c3h = default;
        Vector256<float> c4l = default, c4h = default;
        Vector256<float> c5l = default, c5h = default;
        if (!isFirst)
        {
            (c0l, c0h) = Load(c);
            (c1l, c1h) = Load(c + stride);
            (c2l, c2h) = Load(c + (2 * stride));
            (c3l, c3h) = Load(c + (3 * stride));
            (c4l, c4h) = Load(c + (4 * stride));
            (c5l, c5h) = Load(c + (5 * stride));
        }

        for (int k = 0; k < depth; k++)
        {
            Vector256<float> low = Vector256.Load(b);
            Vector256<float> high = Vector256.Load(b + 8);
            Vector256<float> left = Vector256.Create(*a);
            c0l = Vector256.FusedMultiplyAdd(left, low, c0l);
            c0h = Vector256.FusedMultiplyAdd(left, high, c0h);
            left = Vector256.Create(a[1]);
            c1l = Vector256.FusedMultiplyAdd(left, low, c1l);
            c1h = Vector256.FusedMultiplyAdd(left, high, c1h);
            left = Vector256.Create(a[2]);
            c2l = Vector256.FusedMultiplyAdd(left, low, c2l);
            c2h = Vector256.FusedMultiplyAdd(left, high, c2h);
            left = Vector256.Create(a[3]);
            c3l = Vector256.FusedMultiplyAdd(left, low, c3l);
            c3h = Vector256.FusedMultiplyAdd(left, high, c3h);
            left = Vector256.Create(a[4]);
            c4l = Vector256.FusedMultiplyAdd(left, low, c4l);
            c4h = Vector256.FusedMultiplyAdd(left, high, c4h);
            left = Vector256.Create(a[5]);
            c5l = Vector256.FusedMultiplyAdd(left, low, c5l);
            c5h = Vector256.FusedMultiplyAdd(left, high, c5h);
            a += 6;
            b += 16;
        }

        Store(c, c0l, c0h);
        Store(c + stride, c1l, c1h);
        Store(c + (2 * stride), c2l, c2h);
        Store(c + (3 * stride), c3l, c3h);
        Store(c + (4 * stride), c4l, c4h);
        Store(c + (5 * stride), c5l, c5h);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate1(float* a, float* b, int depth, bool isFirst, float* c, long stride)
    {
        Vector256<float> c0l = default, c0h = default;
        if (!isFirst)
        {
            (c0l, c0h) = Load(c);
        }

        for (int k = 0; k < depth; k++)
        {
            Vector256<float> low = Vector256.Load(b);
            Vector256<float> high = Vector256.Load(b + 8);
            Vector256<float> left = Vector256.Create(*a);
            c0l = Vector256.FusedMultiplyAdd(left, low, c0l);
            c0h = Vector256.FusedMultiplyAdd(left, high, c0h);
            a += 6;
            b += 16;
        }

        Store(c, c0l, c0h);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Low, Vector256<float> High) Load(float* row) => (Vector256.Load(row), Vector256.Load(row + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* row, Vector256<float> low, Vector256<float> high)
    {
        low.Store(row);
        high.Store(row + 8);
    }
}
