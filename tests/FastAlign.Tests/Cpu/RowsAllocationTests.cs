using FastAlign.Core;
using Xunit;

namespace FastAlign.Tests.Cpu;

public sealed class RowsAllocationTests
{
    [Fact]
    public void AllOps_AfterTheFirstCall_AllocateNothing()
    {
        const int N = 300;
        const int C = 128;
        using RowsBench bench = new();
        Tensor x = bench.Take(new Shape(N, C), RowsBench.Normal(N * C, 1));
        Tensor y = bench.Take(new Shape(N, C));
        Tensor wide = bench.Take(new Shape(N, 2 * C), RowsBench.Normal(N * 2 * C, 2));
        Tensor w = bench.Take(new Shape(C), RowsBench.Normal(C, 3));
        Tensor dw = bench.Take(new Shape(C));
        Tensor rstd = bench.Take(new Shape(N));
        Tensor mean = bench.Take(new Shape(N));
        Tensor rows = bench.Indices(new int[N]);
        IOps ops = bench.Ops;
        NormSpec spec = new(1e-5f);

        AllOnce();
        long before = GC.GetAllocatedBytesForCurrentThread();
        AllOnce();

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void AllOnce()
        {
            ops.Fill(y, 0);
            ops.Copy(x, y);
            ops.Add(x, 0.5, y);
            ops.Scale(y, 0.5);
            _ = ops.SumOfSquares(x);
            ops.GatherRows(x, rows, Write.Assign, y);
            ops.ScatterRows(x, rows, Write.Add, y);
            ops.RmsNormForward(x, w, spec, y, rstd);
            ops.RmsNormBackward(x, w, rstd, y, spec, Write.Assign, y, dw);
            ops.LayerNormForward(x, w, w, spec, y, mean, rstd);
            ops.LayerNormBackward(new LayerNormSaved(x, mean, rstd), w, y, spec, Write.Assign, y, dw, dw);
            ops.Rotary(y.SplitRows(2, C / 2), rows, x.Columns(0, C / 2), RotaryPairing.Halves, RotaryDirection.Forward);
            ops.ActivationForward(Activation.Gelu, x, y);
            ops.ActivationBackward(Activation.Gelu, x, y, y);
            ops.GatedActivationForward(Activation.Silu, wide, y);
            ops.GatedActivationBackward(Activation.Silu, wide, y, wide);
            ops.AdamW(new AdamWStep(1e-3, 0.9, 0.999, 1e-8, 0, 1), x, x, y, y);
        }
    }
}
