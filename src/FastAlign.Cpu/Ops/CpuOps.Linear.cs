using FastAlign.Core;
using FastAlign.Cpu.Gemm;

namespace FastAlign.Cpu;

internal sealed unsafe partial class CpuOps
{
    public void LinearForward(Tensor x, Tensor w, Tensor bias, Tensor residual, Tensor y)
    {
        (int n, int o, int k) = (y.Shape[0], w.Shape[0], w.Shape[1]);
        float* addend = residual.IsNone ? null : residual.Host<float>();
        var epilogue = new Epilogue(bias.IsNone ? null : bias.Host<float>(), addend, residual.RowStride);
        _gemm.Multiply(Operand.OfRows(x), Operand.OfRows(w), n, o, k, ChainStart.Zero, epilogue, y.Host<float>(), y.RowStride);
    }

    public void LinearBackwardInput(Tensor dy, Tensor w, Write write, Tensor dx)
    {
        (int n, int o, int k) = (dx.Shape[0], w.Shape[0], w.Shape[1]);
        float* output = dx.Host<float>();
        var epilogue = new Epilogue(null, write == Write.Add ? output : null, dx.RowStride);
        _gemm.Multiply(Operand.OfRows(dy), Operand.OfColumns(w), n, k, o, ChainStart.Zero, epilogue, output, dx.RowStride);
    }

    public void LinearBackwardWeight(Tensor x, Tensor dy, Tensor dw, Tensor dbias)
    {
        (int n, int o, int k) = (x.Shape[0], dw.Shape[0], dw.Shape[1]);
        _gemm.Multiply(Operand.OfColumns(dy), Operand.OfColumns(x), o, k, n, ChainStart.Output, default, dw.Host<float>(), dw.RowStride);
        if (!dbias.IsNone)
        {
            SumColumns(dy, dbias);
        }
    }

    private void SumColumns(Tensor x, Tensor sums)
    {
        int columns = x.Shape[1];
        var action = new ColumnSums(x.Host<float>(), x.RowStride, x.Shape[0], columns, sums.Host<float>());
        _team.For((columns + ColumnSums.Width - 1) / ColumnSums.Width, ref action);
    }
}
