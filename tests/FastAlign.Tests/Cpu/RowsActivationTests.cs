using FastAlign.Core;
using FastAlign.Kernels;
using Xunit;

namespace FastAlign.Tests.Cpu;

public sealed class RowsActivationTests
{
    // exp 2, sum and quotient 2, products 3; the slopes add a handful, and 1 - s near 0 is measured against 1, not against itself.
    private const double Roundings = 16;
    private const double Scale = 1;
    private const int Rows = 3;

    public static TheoryData<Activation> Kinds => [Activation.Silu, Activation.Gelu, Activation.GeluTanh, Activation.Relu];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ActivationForward_Lengths1To257_MatchesDoubles(Activation kind)
    {
        using RowsBench bench = new();
        for (int n = 1; n <= 257; n++)
        {
            float[] x = RowsBench.Normal(n, 1, 3);
            Tensor y = bench.Take(new Shape(1, n));

            bench.Ops.ActivationForward(kind, bench.Take(new Shape(1, n), x), y);

            RowsAssert.Close(Array.ConvertAll(x, v => Value(kind, v)), bench.Read(y), Roundings, Scale);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ActivationBackward_InPlace_MatchesCentralDifferences(Activation kind)
    {
        using RowsBench bench = new();
        for (int n = 1; n <= 257; n += 16)
        {
            float[] x = RowsBench.Normal(n, 2, 3);
            float[] dy = RowsBench.Normal(n, 3);
            Tensor dx = bench.Take(new Shape(1, n), dy);

            bench.Ops.ActivationBackward(kind, bench.Take(new Shape(1, n), x), dx, dx);

            double[] expected = new double[n];
            for (int i = 0; i < n; i++)
            {
                expected[i] = dy[i] * Slope(kind, x[i]);
            }

            // The central difference errs by 1e-9, below one rounding; dy reaches 4, x 12.
            RowsAssert.Close(expected, bench.Read(dx), Roundings, 4);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void GatedActivation_AwkwardWidths_MatchesDoublesAndDifferences(Activation kind)
    {
        using RowsBench bench = new();
        foreach (int f in new[] { 1, 15, 16, 17, 48, 123, 257 })
        {
            float[] gateUp = RowsBench.Normal(Rows * 2 * f, 4, 2);
            float[] dy = RowsBench.Normal(Rows * f, 5);
            double[] y = new double[Rows * f];
            double[] dGateUp = new double[Rows * 2 * f];
            for (int i = 0; i < y.Length; i++)
            {
                int gate = (i / f * 2 * f) + (i % f);
                y[i] = Value(kind, gateUp[gate]) * gateUp[gate + f];
                dGateUp[gate] = dy[i] * gateUp[gate + f] * Slope(kind, gateUp[gate]);
                dGateUp[gate + f] = dy[i] * Value(kind, gateUp[gate]);
            }

            Tensor input = bench.Take(new Shape(Rows, 2 * f), gateUp);
            Tensor output = bench.Take(new Shape(Rows, f));
            Tensor gradient = bench.Take(new Shape(Rows, f), dy);
            bench.Ops.GatedActivationForward(kind, input, output);
            bench.Ops.GatedActivationBackward(kind, input, gradient, input);

            // Products of up to three values near 4.
            RowsAssert.Close(y, bench.Read(output), Roundings, 4);
            RowsAssert.Close(dGateUp, bench.Read(input), Roundings, 16);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Activation_OfAnyElement_DoesNotDependOnItsPlace(Activation kind)
    {
        using RowsBench bench = new();
        float[] x = RowsBench.Normal(70, 6, 3);
        Tensor whole = bench.Take(new Shape(70), x);
        Tensor all = bench.Take(new Shape(70));
        bench.Ops.ActivationForward(kind, whole, all);
        float[] expected = bench.Read(all);

        for (int start = 0; start < 40; start++)
        {
            Tensor part = bench.Take(new Shape(start + 7));
            bench.Ops.ActivationForward(kind, whole.Slice(23, new Shape(start + 7)), part);

            RowsAssert.Same(expected.AsSpan(23, start + 7), bench.Read(part));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Activation_AtExtremes_StaysFiniteAndPassesNaN(Activation kind)
    {
        using RowsBench bench = new();
        float[] x = [-1000, -100, -20, -0f, 0, 20, 100, 1000, float.NaN];
        Tensor input = bench.Take(new Shape(x.Length), x);
        Tensor y = bench.Take(new Shape(x.Length));
        Tensor dx = bench.Take(new Shape(x.Length), new float[] { 1, 1, 1, 1, 1, 1, 1, 1, 1 });

        bench.Ops.ActivationForward(kind, input, y);
        bench.Ops.ActivationBackward(kind, input, dx, dx);

        RowsAssert.Close(Array.ConvertAll(x[..^1], v => Value(kind, v)), bench.Read(y).AsSpan(0, x.Length - 1), Roundings, 1);
        Assert.True(float.IsNaN(bench.Read(y)[^1]));
        Assert.All(bench.Read(dx)[..3], v => Assert.InRange(v, -1e-6f, 1e-6f));
        Assert.All(bench.Read(dx)[5..^1], v => Assert.InRange(v, 1 - 1e-6f, 1 + 1e-6f));
    }

    [Fact]
    public void Activation_LargeTensor_SameBitsAtAnyThreadCount()
    {
        float[] x = RowsBench.Normal(100_003, 7, 3);
        float[]? expected = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using RowsBench bench = new(threads);
            Tensor y = bench.Take(new Shape(x.Length));

            bench.Ops.ActivationForward(Activation.Gelu, bench.Take(new Shape(x.Length), x), y);

            expected ??= bench.Read(y);
            RowsAssert.Same(expected, bench.Read(y));
        }
    }

    private static double Value(Activation kind, double x) => kind switch
    {
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.Gelu => 0.5 * x * (1 + ScalarDouble.Erf(new ScalarDouble(x / Math.Sqrt(2))).Value),
        Activation.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        _ => Math.Max(x, 0),
    };

    private static double Slope(Activation kind, double x)
    {
        const double Step = 1e-5;
        return (Value(kind, x + Step) - Value(kind, x - Step)) / (2 * Step);
    }
}
