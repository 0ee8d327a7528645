using FastAlign.Core;
using FastAlign.Kernels;
using FastAlign.Kernels.Device;

namespace FastAlign.Gpu;

internal sealed partial class DeviceOps
{
    public void ActivationForward(Activation kind, Tensor x, Tensor y)
    {
        switch (kind)
        {
            case Activation.Silu:
                Map(ActivationKernels.Silu.Value, default, x, y);
                break;
            case Activation.Gelu:
                Map(ActivationKernels.Gelu.Value, default, x, y);
                break;
            case Activation.GeluTanh:
                Map(ActivationKernels.GeluTanh.Value, default, x, y);
                break;
            case Activation.Relu:
                Map(ActivationKernels.Relu.Value, default, x, y);
                break;
            default:
                throw Unknown(kind);
        }
    }

    public void ActivationBackward(Activation kind, Tensor x, Tensor dy, Tensor dx)
    {
        switch (kind)
        {
            case Activation.Silu:
                Map(ActivationKernels.Silu.Gradient, default, x, dy, dx);
                break;
            case Activation.Gelu:
                Map(ActivationKernels.Gelu.Gradient, default, x, dy, dx);
                break;
            case Activation.GeluTanh:
                Map(ActivationKernels.GeluTanh.Gradient, default, x, dy, dx);
                break;
            case Activation.Relu:
                Map(ActivationKernels.Relu.Gradient, default, x, dy, dx);
                break;
            default:
                throw Unknown(kind);
        }
    }

    public void GatedActivationForward(Activation kind, Tensor gateUp, Tensor y)
    {
        int f = y.Shape[1];
        Tensor gate = gateUp.Columns(0, f);
        Tensor up = gateUp.Columns(f, f);
        switch (kind)
        {
            case Activation.Silu:
                Map(ActivationKernels.Silu.Gated, default, gate, up, y);
                break;
            case Activation.Gelu:
                Map(ActivationKernels.Gelu.Gated, default, gate, up, y);
                break;
            case Activation.GeluTanh:
                Map(ActivationKernels.GeluTanh.Gated, default, gate, up, y);
                break;
            case Activation.Relu:
                Map(ActivationKernels.Relu.Gated, default, gate, up, y);
                break;
            default:
                throw Unknown(kind);
        }
    }

    public void GatedActivationBackward(Activation kind, Tensor gateUp, Tensor dy, Tensor dGateUp)
    {
        int f = dy.Shape[1];
        GatedGradientArguments arguments = new(
            Extent(dy, areAllContiguous: false),
            Matrix(gateUp.Columns(0, f)),
            Matrix(gateUp.Columns(f, f)),
            Matrix(dy),
            Matrix(dGateUp.Columns(0, f)),
            Matrix(dGateUp.Columns(f, f)));
        _launcher.Launch(
            kind switch
            {
                Activation.Silu => ActivationKernels.Silu.GatedGradient,
                Activation.Gelu => ActivationKernels.Gelu.GatedGradient,
                Activation.GeluTanh => ActivationKernels.GeluTanh.GatedGradient,
                Activation.Relu => ActivationKernels.Relu.GatedGradient,
                _ => throw Unknown(kind),
            },
            arguments);
    }

    private static ShapeException Unknown(Activation kind) => new($"[{OpNames.Activation}] unknown kind {kind}");
}
