using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Cpu;

public sealed class RowsRotaryTests
{
    private const int N = 5;
    private const int H = 3;

    [Theory]
    [InlineData(RotaryPairing.Halves, RotaryDirection.Forward)]
    [InlineData(RotaryPairing.Halves, RotaryDirection.Inverse)]
    [InlineData(RotaryPairing.Interleaved, RotaryDirection.Forward)]
    [InlineData(RotaryPairing.Interleaved, RotaryDirection.Inverse)]
    public void Rotary_AwkwardWidths_TurnsPairsAndKeepsTheRest(RotaryPairing pairing, RotaryDirection direction)
    {
        using RowsBench bench = new();
        foreach ((int d, int r) in new[] { (2, 2), (6, 4), (16, 16), (30, 22), (34, 34), (64, 64), (80, 32), (96, 96), (128, 66) })
        {
            float[] x = RowsBench.Normal(N * H * d, 1);
            float[] table = Table(11, r);
            int[] positions = [3, 10, 0, 3, 7];
            Tensor tensor = bench.TakeStrided(new Shape(N, H, d), x);

            bench.Ops.Rotary(tensor, bench.Indices(positions), bench.Take(new Shape(11, r), table), pairing, direction);

            // Two products and a sum of values up to 4.
            RowsAssert.Close(Expected(x, positions, table, d, r, pairing, direction), bench.Read(tensor), 3, 4);
            bench.AssertSurroundingsUntouched(tensor);
        }
    }

    [Theory]
    [InlineData(RotaryPairing.Halves)]
    [InlineData(RotaryPairing.Interleaved)]
    public void Rotary_OfAToken_DoesNotDependOnThreadsOrNeighbours(RotaryPairing pairing)
    {
        const int Tokens = 300;
        const int D = 70;
        float[] x = RowsBench.Normal(Tokens * H * D, 2);
        int[] positions = new int[Tokens];
        for (int i = 0; i < Tokens; i++)
        {
            positions[i] = i * 7 % 11;
        }

        float[] alone = new float[x.Length];
        using RowsBench bench = new(1);
        for (int i = 0; i < Tokens; i += 13)
        {
            Tensor token = bench.Take(new Shape(1, H, D), x[(i * H * D)..((i + 1) * H * D)]);
            bench.Ops.Rotary(token, bench.Indices(positions[i]), bench.Take(new Shape(11, D), Table(11, D)), pairing, RotaryDirection.Forward);
            bench.Read(token).CopyTo(alone, i * H * D);
        }

        foreach (int threads in new[] { 1, 2, 7 })
        {
            using RowsBench other = new(threads);
            Tensor all = other.Take(new Shape(Tokens, H, D), x);
            other.Ops.Rotary(all, other.Indices(positions), other.Take(new Shape(11, D), Table(11, D)), pairing, RotaryDirection.Forward);
            float[] turned = other.Read(all);
            for (int i = 0; i < Tokens; i += 13)
            {
                RowsAssert.Same(alone.AsSpan(i * H * D, H * D), turned.AsSpan(i * H * D, H * D));
            }
        }
    }

    [Fact]
    public void Rotary_PositionBeyondTable_NamesIt()
    {
        using RowsBench bench = new();

        ShapeException error = Assert.Throws<ShapeException>(() => bench.Ops.Rotary(
            bench.Take(new Shape(1, 1, 4)), bench.Indices(8), bench.Take(new Shape(8, 4)), RotaryPairing.Halves, RotaryDirection.Forward));

        Assert.Equal("[rotary] positions[0]: expected 0 to 7, got 8", error.Message);
    }

    private static float[] Table(int positions, int r)
    {
        float[] table = new float[positions * r];
        for (int p = 0; p < positions; p++)
        {
            for (int j = 0; j < r / 2; j++)
            {
                double angle = p * Math.Pow(10000, -2.0 * j / r);
                table[(p * r) + j] = (float)Math.Cos(angle);
                table[(p * r) + (r / 2) + j] = (float)Math.Sin(angle);
            }
        }

        return table;
    }

    private static double[] Expected(float[] x, int[] positions, float[] table, int d, int r, RotaryPairing pairing, RotaryDirection direction)
    {
        double[] y = Array.ConvertAll(x, v => (double)v);
        for (int head = 0; head < N * H; head++)
        {
            for (int j = 0; j < r / 2; j++)
            {
                int a = (head * d) + (pairing == RotaryPairing.Halves ? j : 2 * j);
                int b = pairing == RotaryPairing.Halves ? a + (r / 2) : a + 1;
                double cosine = table[(positions[head / H] * r) + j];
                double sine = table[(positions[head / H] * r) + (r / 2) + j] * (direction == RotaryDirection.Forward ? 1 : -1);
                (y[a], y[b]) = ((x[a] * cosine) - (x[b] * sine), (x[b] * cosine) + (x[a] * sine));
            }
        }

        return y;
    }
}
