using FastAlign.Core;

namespace FastAlign.Cpu;

internal sealed partial class CpuOps
{
    public void AttentionForward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec) => throw new NotSupportedException();

    public void AttentionBackward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec, Tensor dy, Tensor dq, Tensor dk, Tensor dv) => throw new NotSupportedException();
}
