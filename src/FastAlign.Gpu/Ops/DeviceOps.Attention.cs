using FastAlign.Core;
using FastAlign.Kernels.Device;

namespace FastAlign.Gpu;

internal sealed partial class DeviceOps
{
    private readonly AttentionForests _forests;

    public void AttentionForward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec) =>
        _launcher.Launch(AttentionKernels.Forward, Attention(tensors, layout, spec));

    public void AttentionBackward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec, Tensor dy, Tensor dq, Tensor dk, Tensor dv)
    {
        AttentionGradientArguments arguments = new(Attention(tensors, layout, spec), Matrix(dy), Matrix(dq), Matrix(dk), Matrix(dv));
        _launcher.Launch(AttentionKernels.QueryGradient, arguments);
        _launcher.Launch(AttentionKernels.KeyGradient, arguments);
    }

    private AttentionArguments Attention(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec)
    {
        int keyHeads = tensors.K.Shape[1];
        int share = tensors.Q.Shape[1] / keyHeads;
        return new AttentionArguments(
            _forests.Of(layout, share),
            Matrix(tensors.Q),
            Matrix(tensors.K),
            Matrix(tensors.V),
            Matrix(tensors.Y),
            Matrix(tensors.LogZ),
            tensors.Q.Shape[2],
            keyHeads,
            share,
            (float)spec.Scale,
            spec.Window > 0 ? spec.Window : NoWindow,
            (float)spec.SoftCap);
    }

    // More keys than there are, yet positions can be added to it.
    private const int NoWindow = int.MaxValue / 2;
}
