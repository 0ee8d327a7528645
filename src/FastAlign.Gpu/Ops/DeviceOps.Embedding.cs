using FastAlign.Core;
using FastAlign.Kernels.Device;

namespace FastAlign.Gpu;

internal sealed partial class DeviceOps
{
    public void GatherRows(Tensor x, Tensor rows, Write write, Tensor y) =>
        _launcher.Launch(EmbeddingKernels.GatherRows, new GatherRowsArguments(Extent(y, areAllContiguous: false), Stored(x), Vector<int>(rows), Matrix(y), x.Rows, write == Write.Add ? 1 : 0));

    public void ScatterRows(Tensor x, Tensor rows, Write write, Tensor y)
    {
        if (write == Write.Assign)
        {
            _launcher.Launch(EmbeddingKernels.PlaceRows, new PlaceRowsArguments(Extent(x, areAllContiguous: false), Matrix(x), Vector<int>(rows), Matrix(y), y.Rows));
        }
        else
        {
            _launcher.Launch(EmbeddingKernels.ScatterRows, new ScatterRowsArguments(Matrix(x), Vector<int>(rows), Matrix(y), x.Rows, y.Rows, x.Shape[1]));
        }
    }
}
