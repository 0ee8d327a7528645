using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>Elements by row and column: what a kernel that loads tiles asks of an operand.</summary>
public interface IReadableRows<T>
{
    T this[int row, long column] { get; }
}

/// <summary>Rows in device memory, <paramref name="stride"/> elements apart.</summary>
/// <remarks>
/// Holds the whole buffer and an offset of 64 bits: ILGPU passes the offset of a sub-view to OpenCL in 32 bits, too few for a large arena.
/// </remarks>
/// <param name="buffer">All of the buffer.</param>
/// <param name="offset">Elements before the first one; negative for an absent operand.</param>
/// <param name="stride">Elements from one row to the next.</param>
public readonly struct MatrixView<T>(ArrayView<T> buffer, long offset, int stride) : IReadableRows<T>
    where T : unmanaged
{
    private readonly ArrayView<T> _buffer = buffer;
    private readonly long _offset = offset;

    public int Stride { get; } = stride;

    /// <summary>On the host: the elements from the first one on, for a library that takes an address.</summary>
    public ArrayView<T> Elements => _buffer.SubView(_offset);

    /// <summary>Whether the operand is absent.</summary>
    public bool IsNone
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _offset < 0;
    }

    public ref T this[int row, long column]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _buffer[_offset + ((long)row * Stride) + column];
    }

    T IReadableRows<T>.this[int row, long column]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => this[row, column];
    }
}
