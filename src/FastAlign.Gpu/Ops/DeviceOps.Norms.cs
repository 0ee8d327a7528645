using FastAlign.Core;
using FastAlign.Kernels.Device;

namespace FastAlign.Gpu;

internal sealed partial class DeviceOps
{
    public void RmsNormForward(Tensor x, Tensor w, NormSpec spec, Tensor y, Tensor rstd) =>
        _launcher.Launch(NormKernels.RmsNormForward, NormForward(x, w, Tensor.None, spec, y, Tensor.None, rstd));

    public void RmsNormBackward(Tensor x, Tensor w, Tensor rstd, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw) =>
        NormBackward(new LayerNormSaved(x, Tensor.None, rstd), w, dy, spec, write, dx, dw, Tensor.None);

    public void LayerNormForward(Tensor x, Tensor w, Tensor b, NormSpec spec, Tensor y, Tensor mean, Tensor rstd) =>
        _launcher.Launch(NormKernels.LayerNormForward, NormForward(x, w, b, spec, y, mean, rstd));

    public void LayerNormBackward(LayerNormSaved saved, Tensor w, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw, Tensor db) =>
        NormBackward(saved, w, dy, spec, write, dx, dw, db);

    private static NormExtent NormExtent(Tensor x) => new((int)(x.Length / x.Shape.Last), x.Shape.Rank == 3 ? x.Shape[1] : 1, x.Shape.Last);

    private NormForwardArguments NormForward(Tensor x, Tensor w, Tensor b, NormSpec spec, Tensor y, Tensor mean, Tensor rstd) =>
        new(NormExtent(x), Matrix(x), Vector(w), Vector(b), (float)spec.Epsilon, (float)spec.WeightOffset, Matrix(y), Vector(mean), Vector(rstd));

    private void NormBackward(in LayerNormSaved saved, Tensor w, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw, Tensor db)
    {
        NormExtent extent = NormExtent(saved.X);
        int columnGroups = dw.IsNone && db.IsNone ? 0 : Norms.ColumnGroups(extent.Width);
        NormBackwardArguments arguments = new(
            extent, columnGroups, extent.Vectors, Matrix(saved.X), Vector(w), Vector(saved.Mean), Vector(saved.Rstd), Matrix(dy), (float)spec.WeightOffset, write == Write.Add ? 1 : 0, Matrix(dx), Vector(dw), Vector(db));
        bool isInPlace = ReferenceEquals(dx.Buffer, dy.Buffer) && dx.Offset == dy.Offset;
        if (columnGroups > 0 && isInPlace)
        {
            // The columns of dy are summed before dx overwrites them.
            _launcher.Launch(NormKernels.Backward, arguments with { VectorGroups = 0 });
            arguments = arguments with { ColumnGroups = 0 };
        }

        _launcher.Launch(NormKernels.Backward, arguments);
    }
}
