using FastAlign.Kernels.Device;
using ILGPU;
using ILGPU.Runtime;

namespace FastAlign.Gpu;

/// <summary>Scratch of the kernels: taken while the backend opens, counted, freed with it. Nothing is taken later, so a memory plan holds for the whole run.</summary>
internal sealed class DeviceWorkspace(Accelerator accelerator, AcceleratorStream stream) : IDisposable
{
    private readonly List<MemoryBuffer> _blocks = [];

    /// <summary>Bytes in all blocks.</summary>
    public long Bytes { get; private set; }

    /// <summary>Device memory for <paramref name="count"/> elements, valid until disposal.</summary>
    public ArrayView<T> Take<T>(long count)
        where T : unmanaged
    {
        MemoryBuffer1D<T, Stride1D.Dense> block = accelerator.Allocate1D<T>(count);
        block.MemSetToZero(stream);
        _blocks.Add(block);
        Bytes += block.LengthInBytes;
        return block.View.BaseView;
    }

    public void Dispose()
    {
        foreach (MemoryBuffer block in _blocks)
        {
            DeviceFailure.Release(block);
        }

        _blocks.Clear();
        Bytes = 0;
    }
}
