using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Cpu;

public sealed class RowsNormTests
{
    // Statistics are summed in double, so what is left is a handful of roundings per element of values of magnitude up to 4 (dx: sums of three such terms).
    private const double Roundings = 12;
    private const double Scale = 4;
    private static readonly NormSpec Spec = new(1e-5f, 1);

    private static int[] Widths => [1, 2, 15, 16, 17, 31, 64, 123, 257, 1000];

    [Fact]
    public void RmsNormForward_AwkwardWidths_MatchesDoubles()
    {
        using RowsBench bench = new();
        foreach (int c in Widths)
        {
            Case norm = new(5, c, isCentered: false);
            Tensor y = bench.Take(norm.Shape);
            Tensor rstd = bench.Take(new Shape(5));

            bench.Ops.RmsNormForward(bench.Take(norm.Shape, norm.X), bench.Take(new Shape(c), norm.W), Spec, y, rstd);

            RowsAssert.Close(norm.Y(), bench.Read(y), Roundings, Scale);
            RowsAssert.Close(norm.Rstd, bench.Read(rstd), 1.001);
        }
    }

    [Fact]
    public void LayerNormForward_AwkwardWidths_MatchesDoubles()
    {
        using RowsBench bench = new();
        foreach (int c in Widths[1..])
        {
            Case norm = new(5, c, isCentered: true);
            Tensor x = bench.Take(norm.Shape, norm.X);
            Tensor mean = bench.Take(new Shape(5));
            Tensor rstd = bench.Take(new Shape(5));

            bench.Ops.LayerNormForward(x, bench.Take(new Shape(c), norm.W), bench.Take(new Shape(c), norm.B), Spec, x, mean, rstd);

            RowsAssert.Close(norm.Y(), bench.Read(x), Roundings, Scale * norm.Rstd.Max());
            RowsAssert.Close(norm.Rstd, bench.Read(rstd), 1.001);
            RowsAssert.Close(norm.Mean, bench.Read(mean), 1.001);
        }
    }

    [Theory]
    [InlineData(false, Write.Assign)]
    [InlineData(false, Write.Add)]
    [InlineData(true, Write.Assign)]
    [InlineData(true, Write.Add)]
    public void NormBackward_AwkwardWidths_MatchesDifferencesOfTheForward(bool isCentered, Write write)
    {
        using RowsBench bench = new();
        foreach (int c in Widths[3..^1])
        {
            Case norm = new(3, c, isCentered);
            float[] before = RowsBench.Normal(3 * c, 20);
            Operands at = new(bench, norm, bench.Take(norm.Shape, before));

            at.Backward(bench, isCentered, write);

            double[] expected = norm.InputGradient();
            for (int i = 0; i < expected.Length; i++)
            {
                expected[i] += write == Write.Add ? before[i] : 0;
            }

            // The central difference errs by about 1e-8: a sixth of a rounding of 1, of which 4 * 12 are allowed.
            RowsAssert.Close(expected, bench.Read(at.Dx), Roundings, Scale * Math.Max(1, norm.Rstd.Max()));
            RowsAssert.Close(norm.WeightGradient(), bench.Read(at.Dw), Roundings, Scale);
            RowsAssert.Close(isCentered ? norm.BiasGradient() : new double[c], bench.Read(at.Db), Roundings, Scale);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void NormBackward_CalledTwice_AddsWeightGradientsAgain(bool isCentered)
    {
        using RowsBench bench = new();
        Case norm = new(1, 40, isCentered);
        Operands at = new(bench, norm, bench.Take(norm.Shape));

        at.Backward(bench, isCentered, Write.Assign);
        float[] once = bench.Read(at.Dw);
        float[] input = bench.Read(at.Dx);
        at.Backward(bench, isCentered, Write.Assign);

        RowsAssert.Close(Array.ConvertAll(once, v => 2.0 * v), bench.Read(at.Dw), 2);
        RowsAssert.Same(input, bench.Read(at.Dx));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void NormBackward_DxOverDy_SameBits(bool isCentered)
    {
        using RowsBench bench = new();
        Case norm = new(9, 123, isCentered);
        Operands apart = new(bench, norm, bench.Take(norm.Shape));
        Operands together = new(bench, norm, bench.Take(norm.Shape));
        together = together with { Dx = together.Dy };

        apart.Backward(bench, isCentered, Write.Assign);
        together.Backward(bench, isCentered, Write.Assign);

        RowsAssert.Same(bench.Read(apart.Dx), bench.Read(together.Dx));
        RowsAssert.Same(bench.Read(apart.Dw), bench.Read(together.Dw));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 7)]
    [InlineData(true, 1)]
    [InlineData(true, 7)]
    public void NormBackward_BatchSplitAtAnyRow_SameBitsAtAnyThreadCount(bool isCentered, int threads)
    {
        const int N = 150;
        const int C = 200;
        Case norm = new(N, C, isCentered);
        using RowsBench one = new(2);
        Operands whole = new(one, norm, one.Take(norm.Shape));
        whole.Backward(one, isCentered, Write.Assign);
        using RowsBench other = new(threads);

        foreach (int cut in new[] { 1, 6, 77, 149 })
        {
            Operands split = new(other, norm, other.Take(norm.Shape));
            split.RowRange(0, cut).Backward(other, isCentered, Write.Assign);
            split.RowRange(cut, N - cut).Backward(other, isCentered, Write.Assign);

            RowsAssert.Same(one.Read(whole.Dx), other.Read(split.Dx));
            RowsAssert.Same(one.Read(whole.Dw), other.Read(split.Dw));
            RowsAssert.Same(one.Read(whole.Db), other.Read(split.Db));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Norm_StridedHeads_SameBitsAsContiguousMatrix(bool isCentered)
    {
        // [N, H, D] inside wider rows, as the queries of a fused projection: the same numbers as [N*H, D].
        const int N = 7;
        const int H = 3;
        const int D = 23;
        using RowsBench bench = new();
        Case norm = new(N * H, D, isCentered);
        Operands flat = new(bench, norm, bench.Take(norm.Shape));
        float[] plain = bench.Read(flat.Forward(bench, isCentered, bench.Take(norm.Shape)));
        flat.Backward(bench, isCentered, Write.Assign);
        Shape heads = new(N, H, D);
        Operands strided = flat with
        {
            X = bench.TakeStrided(heads, norm.X),
            Dy = bench.TakeStrided(heads, norm.Dy),
            Dx = bench.TakeStrided(heads, new float[N * H * D]),
            Dw = bench.Take(new Shape(D)),
            Db = bench.Take(new Shape(D)),
        };

        Tensor y = strided.Forward(bench, isCentered, bench.TakeStrided(heads, new float[N * H * D]));
        strided.Backward(bench, isCentered, Write.Assign);

        RowsAssert.Same(plain, bench.Read(y));
        RowsAssert.Same(bench.Read(flat.Dx), bench.Read(strided.Dx));
        RowsAssert.Same(bench.Read(flat.Dw), bench.Read(strided.Dw));
        RowsAssert.Same(bench.Read(flat.Db), bench.Read(strided.Db));
        bench.AssertSurroundingsUntouched(y);
        bench.AssertSurroundingsUntouched(strided.Dx);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void NormForward_OfARow_DoesNotDependOnItsNeighbours(bool isCentered)
    {
        using RowsBench bench = new(7);
        Case norm = new(400, 77, isCentered);
        Operands all = new(bench, norm, bench.Take(norm.Shape));
        float[] expected = bench.Read(all.Forward(bench, isCentered, bench.Take(norm.Shape)));

        foreach (int row in new[] { 0, 1, 200, 399 })
        {
            float[] alone = bench.Read(all.RowRange(row, 1).Forward(bench, isCentered, bench.Take(new Shape(1, 77))));

            RowsAssert.Same(expected.AsSpan(row * 77, 77), alone);
        }
    }

    [Fact]
    public void LayerNormForward_OfRowsFarFromZero_KeepsItsVariance()
    {
        // x = 4096 + {0, 1}: a variance formed as E[x^2] - E[x]^2 in float would be off by its own size.
        using RowsBench bench = new();
        float[] x = new float[64];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = 4096 + (i % 2);
        }

        Tensor rstd = bench.Take(new Shape(1));
        Tensor y = bench.Take(new Shape(1, 64), x);
        float[] ones = new float[64];
        Array.Fill(ones, 1f);
        bench.Ops.LayerNormForward(y, bench.Take(new Shape(64), ones), Tensor.None, new NormSpec(1e-5f), y, bench.Take(new Shape(1)), rstd);

        double expected = 1 / Math.Sqrt(0.25 + 1e-5f);
        RowsAssert.Close([expected], bench.Read(rstd), 1.001);
        Assert.Equal(-0.5 * expected, bench.Read(y)[0], 1e-6);
    }

    /// <summary>Random operands and the op in doubles.</summary>
    private sealed class Case
    {
        private readonly bool _isCentered;
        private readonly int _c;

        public Case(int n, int c, bool isCentered)
        {
            (_isCentered, _c) = (isCentered, c);
            Shape = new Shape(n, c);
            X = RowsBench.Normal(n * c, 1);
            Dy = RowsBench.Normal(n * c, 2);
            W = RowsBench.Normal(c, 3, 0.5);
            B = RowsBench.Normal(c, 4);
            Mean = new double[n];
            Rstd = new double[n];
            _ = Forward(Array.ConvertAll(X, v => (double)v), Mean, Rstd);
        }

        public Shape Shape { get; }

        public float[] X { get; }

        public float[] Dy { get; }

        public float[] W { get; }

        public float[] B { get; }

        public double[] Mean { get; }

        public double[] Rstd { get; }

        public double[] Y() => Forward(Array.ConvertAll(X, v => (double)v), new double[Shape[0]], new double[Shape[0]]);

        /// <summary>Central differences of <c>sum dy y</c> along every x.</summary>
        public double[] InputGradient()
        {
            const double Step = 1e-5;
            double[] gradient = new double[X.Length];
            for (int i = 0; i < X.Length; i++)
            {
                int row = i / _c;
                double[] x = Array.ConvertAll(X.AsSpan(row * _c, _c).ToArray(), v => (double)v);
                x[i % _c] += Step;
                double[] above = Forward(x, new double[1], new double[1]);
                x[i % _c] -= 2 * Step;
                double[] below = Forward(x, new double[1], new double[1]);
                for (int j = 0; j < _c; j++)
                {
                    gradient[i] += Dy[(row * _c) + j] * (above[j] - below[j]) / (2 * Step);
                }
            }

            return gradient;
        }

        public double[] WeightGradient()
        {
            double[] gradient = new double[_c];
            for (int i = 0; i < X.Length; i++)
            {
                gradient[i % _c] += Dy[i] * (X[i] - Mean[i / _c]) * Rstd[i / _c];
            }

            return gradient;
        }

        public double[] BiasGradient()
        {
            double[] gradient = new double[_c];
            for (int i = 0; i < X.Length; i++)
            {
                gradient[i % _c] += Dy[i];
            }

            return gradient;
        }

        private double[] Forward(double[] x, double[] mean, double[] rstd)
        {
            double[] y = new double[x.Length];
            for (int row = 0; row < x.Length / _c; row++)
            {
                ReadOnlySpan<double> from = x.AsSpan(row * _c, _c);
                double sum = 0;
                double squares = 0;
                foreach (double value in from)
                {
                    sum += value;
                }

                mean[row] = _isCentered ? sum / _c : 0;
                foreach (double value in from)
                {
                    squares += (value - mean[row]) * (value - mean[row]);
                }

                rstd[row] = 1 / Math.Sqrt((squares / _c) + Spec.Epsilon);
                for (int j = 0; j < _c; j++)
                {
                    y[(row * _c) + j] = ((from[j] - mean[row]) * rstd[row] * (W[j] + Spec.WeightOffset)) + (_isCentered ? B[j] : 0);
                }
            }

            return y;
        }
    }

    /// <summary>One call's tensors; the statistics are filled by a forward call.</summary>
    private sealed record Operands(Tensor X, Tensor W, Tensor B, Tensor Mean, Tensor Rstd, Tensor Dy, Tensor Dx, Tensor Dw, Tensor Db)
    {
        public Operands(RowsBench bench, Case norm, Tensor dx)
            : this(
                bench.Take(norm.Shape, norm.X),
                bench.Take(new Shape(norm.W.Length), norm.W),
                bench.Take(new Shape(norm.W.Length), norm.B),
                bench.Take(new Shape(norm.Shape[0]), Array.ConvertAll(norm.Mean, v => (float)v)),
                bench.Take(new Shape(norm.Shape[0]), Array.ConvertAll(norm.Rstd, v => (float)v)),
                bench.Take(norm.Shape, norm.Dy),
                dx,
                bench.Take(new Shape(norm.W.Length)),
                bench.Take(new Shape(norm.W.Length)))
        {
        }

        public Operands RowRange(int start, int count) => this with
        {
            X = X.RowRange(start, count),
            Mean = Mean.RowRange(start, count),
            Rstd = Rstd.RowRange(start, count),
            Dy = Dy.RowRange(start, count),
            Dx = Dx.RowRange(start, count),
        };

        public Tensor Forward(RowsBench bench, bool isCentered, Tensor y)
        {
            if (isCentered)
            {
                bench.Ops.LayerNormForward(X, W, B, Spec, y, Mean, Rstd);
            }
            else
            {
                bench.Ops.RmsNormForward(X, W, Spec, y, Rstd);
            }

            return y;
        }

        public void Backward(RowsBench bench, bool isCentered, Write write)
        {
            if (isCentered)
            {
                bench.Ops.LayerNormBackward(new LayerNormSaved(X, Mean, Rstd), W, Dy, Spec, write, Dx, Dw, Db);
            }
            else
            {
                bench.Ops.RmsNormBackward(X, W, Rstd, Dy, Spec, write, Dx, Dw);
            }
        }
    }
}
