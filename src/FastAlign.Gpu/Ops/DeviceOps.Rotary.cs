using FastAlign.Core;
using FastAlign.Kernels.Device;

namespace FastAlign.Gpu;

internal sealed partial class DeviceOps
{
    public void Rotary(Tensor x, Tensor positions, Tensor table, RotaryPairing pairing, RotaryDirection direction)
    {
        int pairs = table.Shape[1] / 2;
        MapExtent extent = new(x.Rows, (long)x.Shape[1] * pairs);
        _launcher.Launch(
            RotaryKernels.Rotate,
            new RotaryArguments(
                extent, Matrix(x), Vector<int>(positions), Matrix(table), table.Rows, x.Shape[2], pairs, pairing == RotaryPairing.Interleaved ? 1 : 0, direction == RotaryDirection.Forward ? 1f : -1f));
    }
}
