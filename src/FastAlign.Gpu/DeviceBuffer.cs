using FastAlign.Core;
using ILGPU;
using ILGPU.Runtime;

namespace FastAlign.Gpu;

/// <summary>Device memory.</summary>
internal sealed class DeviceBuffer(DeviceBackend owner, long byteLength, MemoryBuffer1D<byte, Stride1D.Dense> memory) : TensorBuffer(owner, byteLength)
{
    public DeviceBackend Owner { get; } = owner;

    /// <summary>All of the buffer as elements of <typeparamref name="T"/>.</summary>
    public ArrayView<T> View<T>()
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(memory.IsDisposed, this);
        return memory.View.BaseView.Cast<T>();
    }

    protected override void Free() => DeviceFailure.Release(memory);
}
