using System.Runtime.InteropServices;
using FastAlign.Core;
using FastAlign.Cpu;
using TorchSharp;
using TorchSharp.Modules;

namespace FastAlign.Peers;

/// <summary>
/// From hidden states to the log-probabilities of targets and back: FastAlign's streamed head against a linear layer with cross entropy over all logits.
/// The loss is the sum of the negative log-probabilities.
/// </summary>
internal static class HeadPeers
{
    private const int Rows = 256;

    /// <summary>SmolLM2-135M, a Llama of the 1B class, Qwen2.5-0.5B.</summary>
    private static readonly (int Vocab, int Hidden)[] Shapes = [(49152, 576), (128256, 2048), (151936, 896)];

    public static IEnumerable<Cell> Cells(Options options) =>
        from threads in options.Threads
        from shape in Shapes
        from isFrozen in new[] { false, true }
        select Of(new Head(shape.Vocab, shape.Hidden, isFrozen), threads);

    private static Cell Of(Head head, int threads) =>
        new(head.IsFrozen ? "head.frozen" : "head", $"{Rows}x{head.Vocab}x{head.Hidden}", threads, () => Ours(head, threads), () => Torch(head, threads))
        {
            // Logits, their gradient times the weight, and, unless the weight is frozen, times the hidden states.
            Work = new Work((head.IsFrozen ? 4e-9 : 6e-9) * Rows * head.Vocab * head.Hidden, "GFLOP/s"),
        };

    private static ActionSide Ours(Head head, int threads)
    {
        var backend = new CpuBackend(threads);
        Tensor x = Take(Rows, head.Hidden);
        Tensor w = Take(head.Vocab, head.Hidden);
        Tensor dx = Take(Rows, head.Hidden);
        Tensor dw = head.IsFrozen ? Tensor.None : Take(head.Vocab, head.Hidden);
        Tensor targets = backend.Allocate(new Shape(Rows), DType.I32);
        Tensor derivative = Take(Rows, 1).Reshape(new Shape(Rows));
        var outputs = new HeadOutputs(Take(Rows, 1).Reshape(new Shape(Rows)), Take(Rows, 1).Reshape(new Shape(Rows)))
        {
            Slope = head.IsFrozen ? Take(Rows, head.Hidden) : Tensor.None,
        };
        head.Fill(x.HostSpan<float>(), w.HostSpan<float>());
        head.Targets.CopyTo(targets.HostSpan<int>());
        derivative.HostSpan<float>().Fill(-1);
        var inputs = new HeadInputs(x, w, Tensor.None, targets);
        var gradients = new HeadGradients(derivative, Tensor.None, dx, dw, Tensor.None);
        return new ActionSide(Step, Results, [.. Owned(x, w, dx, dw, targets, derivative, outputs.LogProb, outputs.LogZ, outputs.Slope), backend]);

        Tensor Take(int rows, int columns) => backend.Allocate(new Shape(rows, columns), DType.F32);

        void Step()
        {
            backend.Ops.LogProbHeadForward(inputs, new HeadSpec(), outputs);
            if (!head.IsFrozen)
            {
                backend.Ops.Fill(dw, 0);
            }

            backend.Ops.LogProbHeadBackward(inputs, new HeadSpec(), outputs, gradients);
        }

        double[] Results()
        {
            double loss = 0;
            foreach (float logProb in outputs.LogProb.HostSpan<float>())
            {
                loss -= logProb;
            }

            return head.Results(loss, dx.HostSpan<float>(), head.IsFrozen ? 0 : Math.Sqrt(backend.Ops.SumOfSquares(dw)));
        }
    }

    private static IEnumerable<IDisposable> Owned(params Tensor[] tensors) => tensors.Where(tensor => !tensor.IsNone).Select(tensor => tensor.Buffer);

    private static ActionSide Torch(Head head, int threads)
    {
        torch.set_num_threads(threads);
        torch.Tensor xs = torch.empty(Rows, head.Hidden);
        torch.Tensor ws = torch.empty(head.Vocab, head.Hidden);
        head.Fill(MemoryMarshal.Cast<byte, float>(xs.bytes), MemoryMarshal.Cast<byte, float>(ws.bytes));
        Parameter x = torch.nn.Parameter(xs);
        Parameter w = torch.nn.Parameter(ws, requires_grad: !head.IsFrozen);
        torch.Tensor targets = torch.tensor(Array.ConvertAll(head.Targets, id => (long)id));
        double loss = 0;
        return new ActionSide(Step, Results, x, w, targets);

        void Step()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (x.grad, w.grad) = (null, null);
            torch.Tensor logits = torch.nn.functional.linear(x, w);
            torch.Tensor sum = torch.nn.functional.cross_entropy(logits, targets, reduction: torch.nn.Reduction.Sum);
            sum.backward();
            loss = sum.item<float>();
        }

        double[] Results()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            return head.Results(loss, MemoryMarshal.Cast<byte, float>(x.grad!.bytes), head.IsFrozen ? 0 : w.grad!.norm().item<float>());
        }
    }

    /// <summary>One size of the head.</summary>
    private sealed record Head(int Vocab, int Hidden, bool IsFrozen)
    {
        public int[] Targets => Pseudorandom.Tokens(Rows, Vocab, "targets", 1);

        /// <summary>Hidden states of size 1, weights that give logits of size 1.</summary>
        public void Fill(Span<float> x, Span<float> w)
        {
            Pseudorandom.Fill(x, "x", 1);
            Pseudorandom.Fill(w, "w", 1, 3 / MathF.Sqrt(Hidden));
        }

        /// <summary>Loss per row, some of the gradient of x, brought to size 1, and the norm of the gradient of w, of which most elements are tiny.</summary>
        public double[] Results(double loss, ReadOnlySpan<float> dx, double norm) => [loss / Rows, .. Samples.Of(dx, Math.Sqrt(Hidden)), norm / Math.Sqrt(Rows)];
    }
}
