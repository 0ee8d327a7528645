using System.Runtime.InteropServices;
using FastAlign.Core;
using FastAlign.Cpu;
using TorchSharp;
using TorchSharp.Modules;

namespace FastAlign.Peers;

/// <summary>One AdamW step with decay over flat parameters: against libtorch's fused kernel, and against TorchSharp's own optimizer, which works in separate ops.</summary>
internal static class AdamWPeers
{
    private const double Rate = 1e-3;
    private const double Decay = 0.01;

    private static readonly int[] Counts = [10_000_000, 100_000_000];

    public static IEnumerable<Cell> Cells(Options options)
    {
        foreach (int threads in options.Threads)
        {
            foreach (int count in Counts)
            {
                yield return Of("adamw.fused", count, threads, Fused);
                yield return Of("adamw.torchsharp", count, threads, Unfused);
            }
        }
    }

    private static Cell Of(string name, int count, int threads, Func<int, ActionSide> peer) =>
        new(name, $"{count / 1_000_000}M parameters", threads, () => Ours(count, threads), () =>
        {
            torch.set_num_threads(threads);
            return peer(count);
        })
        {
            // Four arrays read, three written.
            Work = new Work(28e-9 * count, "GB/s"),
            CheckedRuns = 2,
        };

    private static ActionSide Ours(int count, int threads)
    {
        var backend = new CpuBackend(threads);
        (Tensor p, Tensor g, Tensor m, Tensor v) = (Take(), Take(), Take(), Take());
        Fill(p.HostSpan<float>(), g.HostSpan<float>());
        int steps = 0;
        return new ActionSide(Step, () => Samples.Of(p.HostSpan<float>()), p.Buffer, g.Buffer, m.Buffer, v.Buffer, backend);

        Tensor Take() => backend.Allocate(new Shape(count), DType.F32);

        void Step() => backend.Ops.AdamW(new AdamWStep(Rate, 0.9, 0.999, 1e-8, Decay, ++steps), p, g, m, v);
    }

    private static ActionSide Fused(int count)
    {
        Parameter p = Parameter(count);
        var optimizer = new TorchAdamW([p], Rate, Decay);
        return new ActionSide(optimizer.Step, () => Results(p), optimizer, p);
    }

    private static ActionSide Unfused(int count)
    {
        Parameter p = Parameter(count);
        torch.optim.Optimizer optimizer = torch.optim.AdamW([p], Rate, weight_decay: Decay);
        return new ActionSide(Step, () => Results(p), optimizer, p);

        void Step()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            optimizer.step();
        }
    }

    private static Parameter Parameter(int count)
    {
        torch.Tensor p = torch.empty(count);
        torch.Tensor g = torch.empty(count);
        Fill(MemoryMarshal.Cast<byte, float>(p.bytes), MemoryMarshal.Cast<byte, float>(g.bytes));
        Parameter parameter = torch.nn.Parameter(p);
        parameter.grad = g;
        return parameter;
    }

    private static void Fill(Span<float> p, Span<float> g)
    {
        Pseudorandom.Fill(p, "p", 1);
        Pseudorandom.Fill(g, "g", 1);
    }

    private static double[] Results(Parameter p) => Samples.Of(MemoryMarshal.Cast<byte, float>(p.bytes));
}
