using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary>
/// Native scratch of the kernels: taken while the backend opens, counted, freed with it. Nothing is taken later, so a memory plan made before
/// the first step holds for the whole run.
/// </summary>
internal sealed unsafe class Workspace : IDisposable
{
    private const int Alignment = 64;

    private readonly List<nint> _blocks = [];

    /// <summary>Bytes in all blocks.</summary>
    public long Bytes { get; private set; }

    /// <summary>Zeroed memory for <paramref name="count"/> elements, at a multiple of 64 bytes, valid until disposal.</summary>
    public T* Take<T>(long count)
        where T : unmanaged
    {
        // One vector beyond the end, so that a full load or store at the last element stays inside the block.
        long bytes = (((count * sizeof(T)) + Alignment - 1) / Alignment * Alignment) + Alignment;
        byte* block = HostMemory.Allocate((nuint)bytes, Alignment);
        _blocks.Add((nint)block);
        Bytes += bytes;
        return (T*)block;
    }

    public void Dispose()
    {
        foreach (nint block in _blocks)
        {
            HostMemory.Free((byte*)block);
        }

        _blocks.Clear();
        Bytes = 0;
    }
}
