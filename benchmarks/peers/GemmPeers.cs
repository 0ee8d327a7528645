using FastAlign.Core;
using FastAlign.Cpu;

namespace FastAlign.Peers;

/// <summary>The three products of a linear layer against OpenBLAS, at the layers of SmolLM2-135M (hidden 576, MLP 1536, qkv 960, vocabulary 49152).</summary>
internal static unsafe class GemmPeers
{
    private static readonly (string Layer, int Out, int In)[] Layers =
        [("qkv", 960, 576), ("attention-out", 576, 576), ("gate-up", 3072, 576), ("up", 1536, 576), ("down", 576, 1536), ("head", 49152, 576)];

    private static readonly int[] RowCounts = [1, 8, 64, 512];

    public static void Run(Options options, Action<PeerRow> report)
    {
        foreach (int threads in (int[])[1, 2])
        {
            using var backend = new CpuBackend(threads);
            OpenBlas.SetThreads(threads);
            foreach ((string layer, int o, int k) in Layers)
            {
                foreach (int n in RowCounts)
                {
                    Compare(options, backend, layer, n, o, k, report);
                }
            }
        }
    }

    private static void Compare(Options options, CpuBackend backend, string layer, int n, int o, int k, Action<PeerRow> report)
    {
        string shape = $"{n}x{o}x{k}";
        string[] forms = [.. new[] { "forward", "dx", "dw" }.Where(form => $"{layer}.{form} {shape} t{backend.Threads}".Contains(options.Only, StringComparison.Ordinal))];
        if (forms.Length == 0)
        {
            return;
        }

        using TensorBuffer memory = backend.Allocate(sizeof(float) * (((long)n * (k + o)) + (2L * o * k)));
        var x = new Tensor(memory, 0, new Shape(n, k), DType.F32);
        var y = new Tensor(memory, (long)n * k, new Shape(n, o), DType.F32);
        var w = new Tensor(memory, (long)n * (k + o), new Shape(o, k), DType.F32);
        var dw = new Tensor(memory, ((long)n * (k + o)) + ((long)o * k), new Shape(o, k), DType.F32);
        foreach (string form in forms)
        {
            FillUniform(memory);
            (Times ours, Times peer) = form switch
            {
                "forward" => Times.Alternate(
                    options.SecondsPerRow,
                    () => backend.Ops.LinearForward(x, w, Tensor.None, Tensor.None, y),
                    () => OpenBlas.Multiply(OpenBlas.NoTranspose, OpenBlas.Transpose, n, o, k, x.Host<float>(), w.Host<float>(), 0, y.Host<float>())),
                "dx" => Times.Alternate(
                    options.SecondsPerRow,
                    () => backend.Ops.LinearBackwardInput(y, w, Write.Assign, x),
                    () => OpenBlas.Multiply(OpenBlas.NoTranspose, OpenBlas.NoTranspose, n, k, o, y.Host<float>(), w.Host<float>(), 0, x.Host<float>())),
                _ => Times.Alternate(
                    options.SecondsPerRow,
                    () => backend.Ops.LinearBackwardWeight(x, y, dw, Tensor.None),
                    () => OpenBlas.Multiply(OpenBlas.Transpose, OpenBlas.NoTranspose, o, k, n, y.Host<float>(), x.Host<float>(), 1, dw.Host<float>())),
            };
            report(new PeerRow($"{layer}.{form}", shape, backend.Threads, ours, peer, 2e-9 * n * o * k));
        }
    }

    /// <summary>Values in (-1, 1): arithmetic on zeros or denormals has another speed.</summary>
    private static void FillUniform(TensorBuffer memory)
    {
        var all = new Tensor(memory, 0, new Shape((int)(memory.ByteLength / sizeof(float))), DType.F32);
        float* values = all.Host<float>();
        uint state = 1;
        for (long i = 0; i < all.Length; i++)
        {
            state = (state * 1664525) + 1013904223;
            values[i] = ((int)state) * (1f / int.MinValue);
        }
    }
}
