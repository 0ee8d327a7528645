using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>Consecutive elements in device memory; see <see cref="MatrixView{T}"/> for why the offset is kept apart.</summary>
/// <param name="buffer">All of the buffer.</param>
/// <param name="offset">Elements before the first one; negative for an absent operand.</param>
public readonly struct VectorView<T>(ArrayView<T> buffer, long offset)
    where T : unmanaged
{
    private readonly ArrayView<T> _buffer = buffer;
    private readonly long _offset = offset;

    /// <summary>Whether the operand is absent.</summary>
    public bool IsNone
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _offset < 0;
    }

    public ref T this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _buffer[_offset + index];
    }
}
