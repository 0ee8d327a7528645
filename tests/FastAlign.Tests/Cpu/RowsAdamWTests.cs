using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Cpu;

public sealed class RowsAdamWTests
{
    private const float Small = 1f / 1024;

    private static readonly AdamWStep Options = new(1e-2, 0.9, 0.999, 1e-8, 0.1, 1, 0.5);

    [Fact]
    public void AdamW_Lengths1To257_FollowsDoublesForThreeSteps()
    {
        using RowsBench bench = new();
        for (int n = 1; n <= 257; n += n < 40 ? 1 : 31)
        {
            State state = new(bench, n);
            double[] p = Array.ConvertAll(state.Initial, v => (double)v);
            double[] m = new double[n];
            double[] v = new double[n];
            for (int t = 1; t <= 3; t++)
            {
                float[] g = RowsBench.Normal(n, (ulong)(10 + t));

                state.Step(bench, Options with { Step = t }, g);

                for (int i = 0; i < n; i++)
                {
                    (p[i], m[i], v[i]) = Step(p[i], m[i], v[i], g[i], t);
                }
            }

            // Per step: three roundings of p near 3, and a quotient of six roundings times a rate of 0.01. Moments: five roundings a step, cancelling near 0.
            RowsAssert.Close(p, bench.Read(state.P), 12, 1);
            RowsAssert.Close(m, bench.Read(state.M), 15, 1);
            RowsAssert.Close(v, bench.Read(state.V), 15);
        }
    }

    [Fact]
    public void AdamW_OneElement_HasTheBitsOfTorchsOrderOfOperations()
    {
        // The update in single floats, each operation rounded, in the order torch.optim.AdamW (foreach) takes them.
        using RowsBench bench = new();
        State state = new(bench, 33);
        float[] g = RowsBench.Normal(33, 30);

        // Parameters smaller than the step of about 0.01, so that the last bit of the step is seen in the result.
        bench.Ops.Scale(state.P, Small);
        state.Step(bench, Options with { GradientScale = 1 }, g);

        float correction = (float)Math.Sqrt(1 - 0.999);
        float stepSize = (float)(1e-2 / (1 - 0.9));
        float[] expected = new float[33];
        for (int i = 0; i < expected.Length; i++)
        {
            float initial = state.Initial[i] * Small;
            float p = initial * (float)(1 - (1e-2 * 0.1));
            float m = g[i] * (float)(1 - 0.9);
            float v = (float)(1 - 0.999) * g[i] * g[i];
            float root = MathF.Sqrt(v) / correction;
            float scaled = stepSize * m;
            float quotient = scaled / (root + 1e-8f);
            expected[i] = p - quotient;
        }

        RowsAssert.Same(expected, bench.Read(state.P));
    }

    [Fact]
    public void AdamW_LargeTensor_SameBitsAtAnyThreadCountAndSplit()
    {
        const int N = 70_001;
        float[] g = RowsBench.Normal(N, 31);
        float[]? expected = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using RowsBench bench = new(threads);
            State state = new(bench, N);

            state.Step(bench, Options, g);

            expected ??= bench.Read(state.P);
            RowsAssert.Same(expected, bench.Read(state.P));
        }

        using RowsBench parts = new();
        State cut = new(parts, N);
        Tensor gradients = parts.Take(new Shape(N), g);
        foreach ((int start, int count) in new[] { (0, 7), (7, 40_000), (40_007, N - 40_007) })
        {
            Shape shape = new(count);
            parts.Ops.AdamW(Options, cut.P.Slice(start, shape), gradients.Slice(start, shape), cut.M.Slice(start, shape), cut.V.Slice(start, shape));
        }

        RowsAssert.Same(expected!, parts.Read(cut.P));
    }

    private static (double P, double M, double V) Step(double p, double m, double v, double g, int t)
    {
        g *= Options.GradientScale;
        p *= 1 - (Options.LearningRate * Options.WeightDecay);
        m = (Options.Beta1 * m) + ((1 - Options.Beta1) * g);
        v = (Options.Beta2 * v) + ((1 - Options.Beta2) * g * g);
        double mean = m / (1 - Math.Pow(Options.Beta1, t));
        double square = v / (1 - Math.Pow(Options.Beta2, t));
        return (p - (Options.LearningRate * mean / (Math.Sqrt(square) + Options.Epsilon)), m, v);
    }

    private sealed class State(RowsBench bench, int n)
    {
        public float[] Initial { get; } = RowsBench.Normal(n, 1);

        public Tensor P { get; } = bench.Take(new Shape(n), RowsBench.Normal(n, 1));

        public Tensor M { get; } = bench.Take(new Shape(n));

        public Tensor V { get; } = bench.Take(new Shape(n));

        public void Step(RowsBench on, AdamWStep step, float[] g) => on.Ops.AdamW(step, P, on.Take(new Shape(n), g), M, V);
    }
}
