using FastAlign.Core;
using FastAlign.Cpu;

namespace FastAlign.Peers;

/// <summary>The three products of a linear layer against OpenBLAS, at all linear layers of two models, for the rows of training and of decoding.</summary>
internal static class GemmPeers
{
    private const string DecodeName = "gemm.decode";

    /// <summary>SmolLM2-135M and a Llama of the 1B class. Query, key and value projections are one matrix, and so are gate and up.</summary>
    private static readonly (string Layer, int Out, int In)[] Layers =
    [
        ("135m.qkv", 960, 576), ("135m.out", 576, 576), ("135m.gate-up", 3072, 576), ("135m.down", 576, 1536), ("135m.head", 49152, 576),
        ("1b.qkv", 3072, 2048), ("1b.out", 2048, 2048), ("1b.gate-up", 16384, 2048), ("1b.down", 2048, 8192), ("1b.head", 128256, 2048),
    ];

    private static readonly int[] TrainingRows = [64, 256, 512, 1024];
    private static readonly int[] DecodingRows = [1, 8, 32];

    private enum Form
    {
        /// <summary><c>y = x wᵀ</c></summary>
        Forward,

        /// <summary><c>dx = dy w</c></summary>
        InputGradient,

        /// <summary><c>dw += dyᵀ x</c></summary>
        WeightGradient,
    }

    public static IEnumerable<Cell> Cells(Options options)
    {
        foreach (int threads in options.Threads)
        {
            foreach ((string layer, int o, int k) in Layers)
            {
                foreach (int n in TrainingRows)
                {
                    yield return Of("gemm.forward", layer, new Product(Form.Forward, n, o, k), threads);
                    yield return Of("gemm.dx", layer, new Product(Form.InputGradient, n, o, k), threads);
                    yield return Of("gemm.dw", layer, new Product(Form.WeightGradient, n, o, k), threads);
                }

                foreach (int n in DecodingRows)
                {
                    yield return Of(DecodeName, layer, new Product(Form.Forward, n, o, k), threads);
                }
            }
        }
    }

    /// <summary>Training and decoding are judged apart.</summary>
    public static string Group(Cell cell) => cell.Name == DecodeName ? "gemm, decoding" : "gemm, training";

    private static Cell Of(string name, string layer, Product product, int threads) =>
        new(name, $"{layer} {product.N}x{product.O}x{product.K}", threads, () => Ours(product, threads), () => OpenBlasSide(product, threads))
        {
            Work = new Work(2e-9 * product.N * product.O * product.K, "GFLOP/s"),
        };

    private static ActionSide Ours(Product product, int threads)
    {
        var backend = new CpuBackend(threads);
        Tensor x = backend.Allocate(new Shape(product.N, product.K), DType.F32);
        Tensor w = backend.Allocate(new Shape(product.O, product.K), DType.F32);
        Tensor y = backend.Allocate(new Shape(product.N, product.O), DType.F32);
        Product.Fill(x.HostSpan<float>(), w.HostSpan<float>(), y.HostSpan<float>());
        (Action run, Tensor result) = product.Form switch
        {
            Form.Forward => ((Action)(() => backend.Ops.LinearForward(x, w, Tensor.None, Tensor.None, y)), y),
            Form.InputGradient => (() => backend.Ops.LinearBackwardInput(y, w, Write.Assign, x), x),
            _ => (() => backend.Ops.LinearBackwardWeight(x, y, w, Tensor.None), w),
        };
        return new ActionSide(run, () => product.Results(result.HostSpan<float>()), x.Buffer, w.Buffer, y.Buffer, backend);
    }

    private static unsafe ActionSide OpenBlasSide(Product product, int threads)
    {
        OpenBlas.SetThreads(threads);
        (_, int n, int o, int k) = product;
        var x = new NativeFloats((long)n * k);
        var w = new NativeFloats((long)o * k);
        var y = new NativeFloats((long)n * o);
        Product.Fill(x.Span, w.Span, y.Span);
        (Action run, NativeFloats result) = product.Form switch
        {
            Form.Forward => ((Action)(() => OpenBlas.Multiply(OpenBlas.NoTranspose, OpenBlas.Transpose, n, o, k, x.Pointer, w.Pointer, 0, y.Pointer)), y),
            Form.InputGradient => (() => OpenBlas.Multiply(OpenBlas.NoTranspose, OpenBlas.NoTranspose, n, k, o, y.Pointer, w.Pointer, 0, x.Pointer), x),
            _ => (() => OpenBlas.Multiply(OpenBlas.Transpose, OpenBlas.NoTranspose, o, k, n, y.Pointer, x.Pointer, 1, w.Pointer), w),
        };
        return new ActionSide(run, () => product.Results(result.Span), x, w, y);
    }

    /// <summary>One product of a layer. The third operand is the result; the weight gradient is added to what stands in the weight's place.</summary>
    /// <param name="Form">Which.</param>
    /// <param name="N">Rows of x and y.</param>
    /// <param name="O">Outputs: rows of w.</param>
    /// <param name="K">Inputs: columns of w.</param>
    private sealed record Product(Form Form, int N, int O, int K)
    {
        private int Depth => Form switch { Form.Forward => K, Form.InputGradient => O, _ => N };

        public static void Fill(Span<float> x, Span<float> w, Span<float> y)
        {
            Pseudorandom.Fill(x, "x", 1);
            Pseudorandom.Fill(w, "w", 1);
            Pseudorandom.Fill(y, "y", 1);
        }

        /// <summary>Sums of as many products as the depth, all of size 1, have the size of its root.</summary>
        public double[] Results(ReadOnlySpan<float> result) => Samples.Of(result, 1 / Math.Sqrt(Depth));
    }
}
