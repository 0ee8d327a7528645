using FastAlign.Core;
using FastAlign.Kernels.Device;

namespace FastAlign.Gpu;

internal sealed partial class DeviceOps
{
    private readonly KernelInfo<GemmArguments> _gemmForward;
    private readonly KernelInfo<GemmArguments> _gemmInputGradient;
    private readonly KernelInfo<GemmArguments> _gemmWeightGradient;

    public void LinearForward(Tensor x, Tensor w, Tensor bias, Tensor residual, Tensor y) =>
        _launcher.Launch(_gemmForward, new GemmArguments(Matrix(x), Stored(w), Matrix(y), Vector(bias), Matrix(residual), Vector(Tensor.None), x.Rows, w.Rows, x.Shape[1]));

    public void LinearBackwardInput(Tensor dy, Tensor w, Write write, Tensor dx) =>
        _launcher.Launch(
            _gemmInputGradient,
            new GemmArguments(Matrix(dy), Stored(w), Matrix(dx), Vector(Tensor.None), Matrix(write == Write.Add ? dx : Tensor.None), Vector(Tensor.None), dy.Rows, w.Shape[1], w.Rows));

    public void LinearBackwardWeight(Tensor x, Tensor dy, Tensor dw, Tensor dbias) =>
        _launcher.Launch(
            _gemmWeightGradient, new GemmArguments(Matrix(dy), Stored(x), Matrix(dw), Vector(Tensor.None), Matrix(Tensor.None), Vector(dbias), dw.Rows, dw.Shape[1], x.Rows));
}
