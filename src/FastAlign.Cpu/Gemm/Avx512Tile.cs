using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastAlign.Cpu.Gemm;

/// <summary>
/// 12 rows of 32 columns: 24 of the 32 vector registers hold sums, two hold the right panel, one a broadcast of the left. A lane is one output
/// column, so lanes never meet and each sum is one chain of fused multiply-adds.
/// </summary>
internal readonly unsafe struct Avx512Tile : IGemmTile
{
    public static int Rows => 12;

    public static int Columns => 32;

    public static void Accumulate(float* a, float* b, int depth, int rows, bool isFirst, float* c, long stride)
    {
        if (rows > 8)
        {
            Accumulate12(a, b, depth, isFirst, c, stride);
            return;
        }

        // The last rows of a product: narrower tiles do not spend time on rows that nobody reads.
        for (; rows > 0; rows -= 4, a += 4, c += 4 * stride)
        {
            Accumulate4(a, b, depth, isFirst, c, stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate12(float* a, float* b, int depth, bool isFirst, float* c, long stride)
    {
        Vector512<float> c0l = default, c0h = default;
        Vector512<float> c1l = default, c1h = default;
        Vector512<float> c2l = default, c2h = default;
        Vector512<float> c3l = default, c3h = default;
        Vector512<float> c4l = default, c4h = default;
        Vector512<float> c5l = default, c5h = default;
        Vector512<float> c6l = default, c6h = default;
        Vector512<float> c7l = default, c7h = default;
        Vector512<float> c8l = default, c8h = default;
        Vector512<float> c9l = default, c9h = default;
        Vector512<float> c10l = default, c10h = default;
        Vector512<float> c11l = default, c11h = default;
        if (!isFirst)
        {
            (c0l, c0h) = Load(c);
            (c1l, c1h) = Load(c + stride);
            (c2l, c2h) = Load(c + (2 * stride));
            (c3l, c3h) = Load(c + (3 * stride));
            (c4l, c4h) = Load(c + (4 * stride));
            (c5l, c5h) = Load(c + (5 * stride));
            (c6l, c6h) = Load(c + (6 * stride));
            (c7l, c7h) = Load(c + (7 * stride));
            (c8l, c8h) = Load(c + (8 * stride));
            (c9l, c9h) = Load(c + (9 * stride));
            (c10l, c10h) = Load(c + (10 * stride));
            (c11l, c11h) = Load(c + (11 * stride));
        }

        for (int k = 0; k < depth; k++)
        {
            Vector512<float> low = Vector512.Load(b);
            Vector512<float> high = Vector512.Load(b + 16);
            Vector512<float> left = Vector512.Create(*a);
            c0l = Vector512.FusedMultiplyAdd(left, low, c0l);
            c0h = Vector512.FusedMultiplyAdd(left, high, c0h);
            left = Vector512.Create(a[1]);
            c1l = Vector512.FusedMultiplyAdd(left, low, c1l);
            c1h = Vector512.FusedMultiplyAdd(left, high, c1h);
            left = Vector512.Create(a[2]);
            c2l = Vector512.FusedMultiplyAdd(left, low, c2l);
            c2h = Vector512.FusedMultiplyAdd(left, high, c2h);
            left = Vector512.Create(a[3]);
            c3l = Vector512.FusedMultiplyAdd(left, low, c3l);
            c3h = Vector512.FusedMultiplyAdd(left, high, c3h);
            left = Vector512.Create(a[4]);
            c4l = Vector512.FusedMultiplyAdd(left, low, c4l);
            c4h = Vector512.FusedMultiplyAdd(left, high, c4h);
            left = Vector512.Create(a[5]);
            c5l = Vector512.FusedMultiplyAdd(left, low, c5l);
            c5h = Vector512.FusedMultiplyAdd(left, high, c5h);
            left = Vector512.Create(a[6]);
            c6l = Vector512.FusedMultiplyAdd(left, low, c6l);
            c6h = Vector512.FusedMultiplyAdd(left, high, c6h);
            left = Vector512.Create(a[7]);
            c7l = Vector512.FusedMultiplyAdd(left, low, c7l);
            c7h = Vector512.FusedMultiplyAdd(left, high, c7h);
            left = Vector512.Create(a[8]);
            c8l = Vector512.FusedMultiplyAdd(left, low, c8l);
            c8h = Vector512.FusedMultiplyAdd(left, high, c8h);
            left = Vector512.Create(a[9]);
            c9l = Vector512.FusedMultiplyAdd(left, low, c9l);
            c9h = Vector512.FusedMultiplyAdd(left, high, c9h);
            left = Vector512.Create(a[10]);
            c10l = Vector512.FusedMultiplyAdd(left, low, c10l);
            c10h = Vector512.FusedMultiplyAdd(left, high, c10h);
            left = Vector512.Create(a[11]);
            c11l = Vector512.FusedMultiplyAdd(left, low, c11l);
            c11h = Vector512.FusedMultiplyAdd(left, high, c11h);
            a += 12;
            b += 32;
        }

        Store(c, c0l, c0h);
        Store(c + stride, c1l, c1h);
        Store(c + (2 * stride), c2l, c2h);
        Store(c + (3 * stride), c3l, c3h);
        Store(c + (4 * stride), c4l, c4h);
        Store(c + (5 * stride), c5l, c5h);
        Store(c + (6 * stride), c6l, c6h);
        Store(c + (7 * stride), c7l, c7h);
        Store(c + (8 * stride), c8l, c8h);
        Store(c + (9 * stride), c9l, c9h);
        Store(c + (10 * stride), c10l, c10h);
        Store(c + (11 * stride), c11l, c11h);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate4(float* a, float* b, int depth, bool isFirst, float* c, long stride)
    {
        Vector512<float> c0l = default, c0h = default;
        Vector512<float> c1l = default, c1h = default;
        Vector512<float> c2l = default, c2h = default;
        Vector512<float> c3l = default, c3h = default;
        if (!isFirst)
        {
            (c0l, c0h) = Load(c);
            (c1l, c1h) = Load(c + stride);
            (c2l, c2h) = Load(c + (2 * stride));
            (c3l, c3h) = Load(c + (3 * stride));
        }

        for (int k = 0; k < depth; k++)
        {
            Vector512<float> low = Vector512.Load(b);
            Vector512<float> high = Vector512.Load(b + 16);
            Vector512<float> left = Vector512.Create(*a);
            c0l = Vector512.FusedMultiplyAdd(left, low, c0l);
            c0h = Vector512.FusedMultiplyAdd(left, high, c0h);
            left = Vector512.Create(a[1]);
            c1l = Vector512.FusedMultiplyAdd(left, low, c1l);
            c1h = Vector512.FusedMultiplyAdd(left, high, c1h);
            left = Vector512.Create(a[2]);
            c2l = Vector512.FusedMultiplyAdd(left, low, c2l);
            c2h = Vector512.FusedMultiplyAdd(left, high, c2h);
            left = Vector512.Create(a[3]);
            c3l = Vector512.FusedMultiplyAdd(left, low, c3l);
            c3h = Vector512.FusedMultiplyAdd(left, high, c3h);
            a += 12;
            b += 32;
        }

        Store(c, c0l, c0h);
        Store(c + stride, c1l, c1h);
        Store(c + (2 * stride), c2l, c2h);
        Store(c + (3 * stride), c3l, c3h);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Low, Vector512<float> High) Load(float* row) => (Vector512.Load(row), Vector512.Load(row + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* row, Vector512<float> low, Vector512<float> high)
    {
        low.Store(row);
        high.Store(row + 16);
    }
}
