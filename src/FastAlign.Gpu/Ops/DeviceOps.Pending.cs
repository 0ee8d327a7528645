using FastAlign.Core;

namespace FastAlign.Gpu;

/// <summary>Ops that no kernel does yet. An op leaves this file when its kernels come; <c>DeviceCaseTests</c> lists the same names.</summary>
internal sealed partial class DeviceOps
{
    public double SumOfSquares(Tensor x) => throw Missing(OpNames.SumOfSquares);

    public void Rotary(Tensor x, Tensor positions, Tensor table, RotaryPairing pairing, RotaryDirection direction) => throw Missing(OpNames.Rotary);

    public void ActivationForward(Activation kind, Tensor x, Tensor y) => throw Missing(OpNames.Activation);

    public void ActivationBackward(Activation kind, Tensor x, Tensor dy, Tensor dx) => throw Missing(OpNames.ActivationBackward);

    public void GatedActivationForward(Activation kind, Tensor gateUp, Tensor y) => throw Missing(OpNames.GatedActivation);

    public void GatedActivationBackward(Activation kind, Tensor gateUp, Tensor dy, Tensor dGateUp) => throw Missing(OpNames.GatedActivationBackward);

    public void AttentionForward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec) => throw Missing(OpNames.Attention);

    public void AttentionBackward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec, Tensor dy, Tensor dq, Tensor dk, Tensor dv) =>
        throw Missing(OpNames.AttentionBackward);

    public void LogProbHeadForward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs) => throw Missing(OpNames.LogProbHead);

    public void LogProbHeadBackward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs, in HeadGradients gradients) =>
        throw Missing(OpNames.LogProbHeadBackward);

    public void AdamW(AdamWStep step, Tensor parameters, Tensor gradients, Tensor firstMoment, Tensor secondMoment) => throw Missing(OpNames.AdamW);

    private NotSupportedException Missing(string op) => new($"[{op}] is not there yet on {_backend.Name}");
}
