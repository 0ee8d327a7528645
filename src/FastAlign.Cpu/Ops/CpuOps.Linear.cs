using FastAlign.Core;

namespace FastAlign.Cpu;

internal sealed partial class CpuOps
{
    public void LinearForward(Tensor x, Tensor w, Tensor bias, Tensor residual, Tensor y) => throw new NotSupportedException();

    public void LinearBackwardInput(Tensor dy, Tensor w, Write write, Tensor dx) => throw new NotSupportedException();

    public void LinearBackwardWeight(Tensor x, Tensor dy, Tensor dw, Tensor dbias) => throw new NotSupportedException();
}
