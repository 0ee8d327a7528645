namespace FastAlign.Core;

/// <summary>Native host memory, aligned to a cache line and zeroed.</summary>
public sealed unsafe class HostBuffer : TensorBuffer
{
    /// <summary>Alignment in bytes: one cache line, and one AVX-512 vector.</summary>
    public const int Alignment = 64;

    private byte* _pointer;

    internal HostBuffer(Backend owner, long byteLength)
        : base(owner, byteLength)
    {
        // Rounded up so that a full vector load at the last element stays inside the allocation.
        nuint padded = (nuint)(((byteLength + Alignment - 1) / Alignment * Alignment) + Alignment);
        _pointer = HostMemory.Allocate(padded, Alignment);
    }

    /// <summary>First byte. Valid until disposal.</summary>
    public byte* Pointer => _pointer == null ? throw new ObjectDisposedException(nameof(HostBuffer)) : _pointer;

    protected override void Free()
    {
        HostMemory.Free(_pointer);
        _pointer = null;
    }
}
