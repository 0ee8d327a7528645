using FastAlign.Core;

namespace FastAlign.Cpu;

internal sealed partial class CpuOps
{
    public void Fill(Tensor x, double value) => throw new NotSupportedException();

    public void Copy(Tensor x, Tensor y) => throw new NotSupportedException();

    public void Add(Tensor x, double scale, Tensor y) => throw new NotSupportedException();

    public void Scale(Tensor x, double scale) => throw new NotSupportedException();

    public double SumOfSquares(Tensor x) => throw new NotSupportedException();

    public void GatherRows(Tensor x, Tensor rows, Write write, Tensor y) => throw new NotSupportedException();

    public void ScatterRows(Tensor x, Tensor rows, Write write, Tensor y) => throw new NotSupportedException();

    public void AdamW(AdamWStep step, Tensor parameters, Tensor gradients, Tensor firstMoment, Tensor secondMoment) => throw new NotSupportedException();
}
