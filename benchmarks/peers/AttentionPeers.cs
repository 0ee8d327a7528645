using System.Runtime.InteropServices;
using FastAlign.Core;
using FastAlign.Cpu;
using TorchSharp;
using TorchSharp.Modules;

namespace FastAlign.Peers;

/// <summary>Causal attention with grouped queries, forward and backward, over one sequence: against scaled_dot_product_attention on repeated key-value heads.</summary>
internal static class AttentionPeers
{
    private const int HeadDim = 64;

    /// <summary>SmolLM2-135M and a Llama of the 1B class.</summary>
    private static readonly (int Heads, int KvHeads)[] Kinds = [(9, 3), (32, 8)];

    private static readonly int[] Lengths = [256, 1024, 2048];

    public static IEnumerable<Cell> Cells(Options options) =>
        from threads in options.Threads
        from kind in Kinds
        from length in Lengths
        select Of(new Sequence(length, kind.Heads, kind.KvHeads), threads);

    private static Cell Of(Sequence sequence, int threads) =>
        new("attention", $"{sequence.Length} tokens {sequence.Heads}/{sequence.KvHeads} heads", threads, () => Ours(sequence, threads), () => Torch(sequence, threads))
        {
            // Seven products of [T, T] with [T, D] per head, two forward and five backward, of which a causal mask leaves half.
            Work = new Work(7e-9 * sequence.Length * sequence.Length * HeadDim * sequence.Heads, "GFLOP/s"),
        };

    private static ActionSide Ours(Sequence sequence, int threads)
    {
        var backend = new CpuBackend(threads);
        (int t, int heads, int kvHeads) = sequence;
        (Tensor q, Tensor k, Tensor v) = (Take(heads), Take(kvHeads), Take(kvHeads));
        (Tensor y, Tensor dy) = (Take(heads), Take(heads));
        (Tensor dq, Tensor dk, Tensor dv) = (Take(heads), Take(kvHeads), Take(kvHeads));
        Tensor logZ = backend.Allocate(new Shape(t, heads), DType.F32);
        Sequence.Fill(q.HostSpan<float>(), k.HostSpan<float>(), v.HostSpan<float>(), dy.HostSpan<float>());
        var tensors = new AttentionTensors(q, k, v, y, logZ);
        var layout = new AttentionLayout([new Segment(0, t, -1)], [new QueryRun(0, t, 0, 0)]);
        var spec = new AttentionSpec(1 / Math.Sqrt(HeadDim));
        return new ActionSide(Step, Results, q.Buffer, k.Buffer, v.Buffer, y.Buffer, dy.Buffer, dq.Buffer, dk.Buffer, dv.Buffer, logZ.Buffer, backend);

        Tensor Take(int count) => backend.Allocate(new Shape(t, count, HeadDim), DType.F32);

        void Step()
        {
            backend.Ops.AttentionForward(tensors, layout, spec);
            backend.Ops.AttentionBackward(tensors, layout, spec, dy, dq, dk, dv);
        }

        double[] Results() => Sequence.Results(y.HostSpan<float>(), dq.HostSpan<float>(), dk.HostSpan<float>(), dv.HostSpan<float>());
    }

    private static ActionSide Torch(Sequence sequence, int threads)
    {
        torch.set_num_threads(threads);
        (int t, int heads, int kvHeads) = sequence;
        (torch.Tensor qs, torch.Tensor ks, torch.Tensor vs, torch.Tensor dy) = (Take(heads), Take(kvHeads), Take(kvHeads), Take(heads));
        Sequence.Fill(Floats(qs), Floats(ks), Floats(vs), Floats(dy));
        (Parameter q, Parameter k, Parameter v) = (torch.nn.Parameter(qs), torch.nn.Parameter(ks), torch.nn.Parameter(vs));
        torch.Tensor y = torch.empty_like(dy);
        return new ActionSide(Step, () => Sequence.Results(Floats(y), Floats(q.grad!), Floats(k.grad!), Floats(v.grad!)), q, k, v, dy);

        torch.Tensor Take(int count) => torch.empty(1, t, count, HeadDim);

        static Span<float> Floats(torch.Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

        void Step()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (q.grad, k.grad, v.grad) = (null, null, null);
            y.Dispose();
            torch.Tensor head = torch.nn.functional.scaled_dot_product_attention(
                q.transpose(1, 2),
                TorchLlama.Repeat(k.transpose(1, 2), heads / kvHeads),
                TorchLlama.Repeat(v.transpose(1, 2), heads / kvHeads),
                is_casual: true);
            y = head.transpose(1, 2).contiguous().MoveToOuterDisposeScope();
            y.backward([dy]);
        }
    }

    /// <summary>One sequence.</summary>
    private sealed record Sequence(int Length, int Heads, int KvHeads)
    {
        public static void Fill(Span<float> q, Span<float> k, Span<float> v, Span<float> dy)
        {
            Pseudorandom.Fill(q, "q", 1);
            Pseudorandom.Fill(k, "k", 1);
            Pseudorandom.Fill(v, "v", 1);
            Pseudorandom.Fill(dy, "dy", 1);
        }

        public static double[] Results(ReadOnlySpan<float> y, ReadOnlySpan<float> dq, ReadOnlySpan<float> dk, ReadOnlySpan<float> dv) =>
            [.. Samples.Of(y), .. Samples.Of(dq), .. Samples.Of(dk), .. Samples.Of(dv)];
    }
}
