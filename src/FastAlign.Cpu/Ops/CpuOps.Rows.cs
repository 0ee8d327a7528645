using FastAlign.Core;

namespace FastAlign.Cpu;

internal sealed partial class CpuOps
{
    public void RmsNormForward(Tensor x, Tensor w, NormSpec spec, Tensor y, Tensor rstd) => throw new NotSupportedException();

    public void RmsNormBackward(Tensor x, Tensor w, Tensor rstd, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw) => throw new NotSupportedException();

    public void LayerNormForward(Tensor x, Tensor w, Tensor b, NormSpec spec, Tensor y, Tensor mean, Tensor rstd) => throw new NotSupportedException();

    public void LayerNormBackward(LayerNormSaved saved, Tensor w, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw, Tensor db) => throw new NotSupportedException();

    public void Rotary(Tensor x, Tensor positions, Tensor table, RotaryPairing pairing, RotaryDirection direction) => throw new NotSupportedException();

    public void ActivationForward(Activation kind, Tensor x, Tensor y) => throw new NotSupportedException();

    public void ActivationBackward(Activation kind, Tensor x, Tensor dy, Tensor dx) => throw new NotSupportedException();

    public void GatedActivationForward(Activation kind, Tensor gateUp, Tensor y) => throw new NotSupportedException();

    public void GatedActivationBackward(Activation kind, Tensor gateUp, Tensor dy, Tensor dGateUp) => throw new NotSupportedException();
}
