using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Cpu;

public sealed class RowsMemoryTests
{
    [Fact]
    public void FillAddScaleCopy_Lengths1To257_AreExactArithmetic()
    {
        using RowsBench bench = new();
        for (int n = 1; n <= 257; n++)
        {
            float[] x = RowsBench.Normal(n, 1);
            float[] y = RowsBench.Normal(n, 2);
            Tensor source = bench.Take(new Shape(n), x);
            Tensor target = bench.Take(new Shape(n), y);
            Tensor filled = bench.Take(new Shape(n + 1), new float[n + 1]);

            bench.Ops.Add(source, 0.3, target);
            bench.Ops.Scale(source, -1.7);
            bench.Ops.Fill(filled.Slice(0, new Shape(n)), 2.5);

            float[] sum = new float[n];
            for (int i = 0; i < n; i++)
            {
                float product = 0.3f * x[i];
                sum[i] = y[i] + product;
            }

            float[] fill = new float[n + 1];
            fill.AsSpan(0, n).Fill(2.5f);
            RowsAssert.Same(sum, bench.Read(target));
            RowsAssert.Same(Array.ConvertAll(x, v => -1.7f * v), bench.Read(source));
            RowsAssert.Same(fill, bench.Read(filled));
        }
    }

    [Fact]
    public void FillAddCopy_StridedRows_TouchNothingBeside()
    {
        using RowsBench bench = new();
        float[] x = RowsBench.Normal(5 * 19, 3);
        Tensor source = bench.TakeStrided(new Shape(5, 19), x);
        Tensor target = bench.TakeStrided(new Shape(5, 19), new float[5 * 19]);

        bench.Ops.Copy(source, target);
        bench.Ops.Add(source, 1, target);
        RowsAssert.Same(Array.ConvertAll(x, v => v + v), bench.Read(target));
        bench.Ops.Fill(target, 1);

        Assert.All(bench.Read(target), v => Assert.Equal(1, v));
        bench.AssertSurroundingsUntouched(target);
    }

    [Fact]
    public void Copy_BetweenFloatAndDouble_RoundsOnce()
    {
        using RowsBench bench = new();
        double[] x = new double[53];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = new Philox(1, RandomPurpose.Test, 4).Normal((ulong)i);
        }

        Tensor narrow = bench.Take(new Shape(53));
        Tensor wide = bench.Take(new Shape(53), DType.F64);
        bench.Ops.Copy(bench.Take(new Shape(53), x, DType.F64), narrow);
        bench.Ops.Copy(narrow, wide);

        Assert.Equal(Array.ConvertAll(x, v => (float)v), bench.Read(narrow));
        Assert.Equal(Array.ConvertAll(x, v => (double)(float)v), bench.Read<double>(wide));
    }

    [Fact]
    public void Copy_ToBrainFloat_RoundsToNearestEvenAndKeepsNaN()
    {
        // (float bits, bf16 bits): below, at and above ties of even and odd neighbours; overflow; infinities; NaN with payload below the cut.
        (uint From, ushort To)[] cases =
        [
            (0x3F800000, 0x3F80), (0x3F807FFF, 0x3F80), (0x3F808000, 0x3F80), (0x3F808001, 0x3F81), (0x3F818000, 0x3F82), (0xBF818000, 0xBF82),
            (0x7F7FFFFF, 0x7F80), (0x7F800000, 0x7F80), (0xFF800000, 0xFF80), (0x7F800001, 0x7FC0), (0xFFC00000, 0xFFC0), (0x80000000, 0x8000), (0x00000001, 0x0000), (0x00018000, 0x0002),
        ];
        using RowsBench bench = new();
        float[] x = new float[cases.Length * 3];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = BitConverter.UInt32BitsToSingle(cases[i % cases.Length].From);
        }

        Tensor narrow = bench.Take(new Shape(x.Length), DType.BF16);
        Tensor wide = bench.Take(new Shape(x.Length));
        bench.Ops.Copy(bench.Take(new Shape(x.Length), x), narrow);
        bench.Ops.Copy(narrow, wide);

        ushort[] actual = bench.Read<ushort>(narrow);
        float[] widened = bench.Read(wide);
        for (int i = 0; i < x.Length; i++)
        {
            Assert.Equal(cases[i % cases.Length].To, actual[i]);
            Assert.Equal((uint)cases[i % cases.Length].To << 16, BitConverter.SingleToUInt32Bits(widened[i]));
        }
    }

    [Theory]
    [InlineData(1.00390625, 0x3F80)]
    [InlineData(1.00390625000001, 0x3F81)]
    [InlineData(1.01171875, 0x3F82)]
    [InlineData(1.01171874999999, 0x3F81)]
    [InlineData(-1.00390625000001, 0xBF81)]
    [InlineData(1e300, 0x7F80)]
    [InlineData(1e-300, 0x0000)]
    public void Copy_DoubleToBrainFloat_RoundsOnceNotTwice(double x, int expected)
    {
        using RowsBench bench = new();
        Tensor y = bench.Take(new Shape(1), DType.BF16);

        bench.Ops.Copy(bench.Take(new Shape(1), new[] { x }, DType.F64), y);

        Assert.Equal(expected, bench.Read<ushort>(y)[0]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(16384)]
    [InlineData(100_003)]
    public void SumOfSquares_AnyLength_IsAccurateAndIndependentOfThreads(int n)
    {
        float[] x = RowsBench.Normal(n, 5);
        double expected = 0;
        Array.ForEach(x, v => expected += (double)v * v);
        double? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using RowsBench bench = new(threads);

            double actual = bench.Ops.SumOfSquares(bench.Take(new Shape(n), x));

            first ??= actual;
            Assert.Equal(first, actual);

            // n additions in either order, each of 1.1e-16; they mostly cancel.
            Assert.Equal(expected, actual, 1e-13 * expected);
        }
    }

    [Fact]
    public void SumOfSquares_OfLargeValues_DoesNotOverflow()
    {
        using RowsBench bench = new();

        double actual = bench.Ops.SumOfSquares(bench.Take(new Shape(2), new[] { 1e30f, 1e30f }));

        Assert.Equal(2e60, actual, 1e54);
    }

    [Theory]
    [InlineData(Write.Assign)]
    [InlineData(Write.Add)]
    public void GatherRows_AwkwardWidths_PicksRows(Write write)
    {
        using RowsBench bench = new();
        foreach (int c in new[] { 1, 16, 33, 257 })
        {
            float[] x = RowsBench.Normal(5 * c, 6);
            float[] y = RowsBench.Normal(4 * c, 7);
            int[] rows = [4, 0, 4, 2];
            Tensor target = bench.Take(new Shape(4, c), y);

            bench.Ops.GatherRows(bench.Take(new Shape(5, c), x), bench.Indices(rows), write, target);

            float[] expected = new float[4 * c];
            for (int i = 0; i < expected.Length; i++)
            {
                float picked = x[(rows[i / c] * c) + (i % c)];
                expected[i] = write == Write.Add ? y[i] + picked : picked;
            }

            RowsAssert.Same(expected, bench.Read(target));
        }
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(33, 2)]
    [InlineData(1000, 7)]
    public void ScatterRows_RepeatedRows_AddsInAscendingOrderAtAnyThreadCount(int c, int threads)
    {
        const int N = 40;
        float[] x = RowsBench.Normal(N * c, 8);
        float[] expected = RowsBench.Normal(3 * c, 9);
        int[] rows = new int[N];
        using RowsBench bench = new(threads);
        Tensor y = bench.Take(new Shape(3, c), (float[])expected.Clone());
        for (int i = 0; i < N; i++)
        {
            rows[i] = i * i % 3;
            for (int j = 0; j < c; j++)
            {
                expected[(rows[i] * c) + j] += x[(i * c) + j];
            }
        }

        bench.Ops.ScatterRows(bench.TakeStrided(new Shape(N, c), x), bench.Indices(rows), Write.Add, y);

        RowsAssert.Same(expected, bench.Read(y));
    }

    [Fact]
    public void ScatterRows_Assign_ReplacesOnlyNamedRows()
    {
        using RowsBench bench = new();
        float[] x = RowsBench.Normal(2 * 21, 10);
        Tensor y = bench.Take(new Shape(4, 21), RowsBench.Normal(4 * 21, 11));
        float[] before = bench.Read(y);

        bench.Ops.ScatterRows(bench.Take(new Shape(2, 21), x), bench.Indices(3, 1), Write.Assign, y);

        float[] after = bench.Read(y);
        RowsAssert.Same(before.AsSpan(0, 21), after.AsSpan(0, 21));
        RowsAssert.Same(x.AsSpan(21), after.AsSpan(21, 21));
        RowsAssert.Same(before.AsSpan(42, 21), after.AsSpan(42, 21));
        RowsAssert.Same(x.AsSpan(0, 21), after.AsSpan(63));
    }

    [Fact]
    public void GatherRows_RowBeyondTable_NamesIt()
    {
        using RowsBench bench = new();

        ShapeException error = Assert.Throws<ShapeException>(() =>
            bench.Ops.GatherRows(bench.Take(new Shape(5, 2)), bench.Indices(1, 5), Write.Assign, bench.Take(new Shape(2, 2))));

        Assert.Equal("[gather_rows] rows[1]: expected 0 to 4, got 5", error.Message);
    }
}
