using ILGPU;
using ILGPU.Runtime;

namespace FastAlign.Gpu;

/// <summary>
/// Page-locked host memory that transfers pass through, so that an upload returns before the device has read it. Slots are handed out in a ring; coming
/// round to its start waits for the stream.
/// </summary>
/// <remarks>Copies name host memory by reference: between sub-views of two buffers ILGPU 1.5.3 copies a wrong length on OpenCL.</remarks>
internal sealed class TransferRing : IDisposable
{
    /// <summary>Size of the ring, and of the pieces that larger transfers are cut into.</summary>
    private const int Bytes = 4 << 20;
    private const int Alignment = 64;

    private readonly AcceleratorStream _stream;
    private readonly PageLockedArray1D<byte> _memory;
    private int _used;

    public TransferRing(Accelerator accelerator, AcceleratorStream stream)
    {
        _stream = stream;
        _memory = accelerator.AllocatePageLocked1D<byte>(Bytes);
    }

    /// <summary>Queues a copy to the device; <paramref name="from"/> may be reused at once.</summary>
    public void Upload(ReadOnlySpan<byte> from, ArrayView<byte> to)
    {
        for (int done = 0; done < from.Length;)
        {
            int count = Math.Min(Bytes, from.Length - done);
            int start = Take(count);
            from.Slice(done, count).CopyTo(_memory.Span.Slice(start, count));
            to.SubView(done, count).CopyFromCPUUnsafeAsync(_stream, ref _memory.Span[start], count);
            done += count;
        }
    }

    /// <summary>Copies from the device and waits for it, and with it for everything queued before.</summary>
    public void Download(ArrayView<byte> from, Span<byte> to)
    {
        for (int done = 0; done < to.Length;)
        {
            int count = Math.Min(Bytes, to.Length - done);
            int start = Take(count);
            from.SubView(done, count).CopyToCPUUnsafeAsync(_stream, ref _memory.Span[start], count);
            _stream.Synchronize();
            _memory.Span.Slice(start, count).CopyTo(to.Slice(done, count));
            done += count;
        }
    }

    public void Dispose() => _memory.Dispose();

    private int Take(int count)
    {
        if (_used + count > Bytes)
        {
            _stream.Synchronize();
            _used = 0;
        }

        int start = _used;
        _used += (count + Alignment - 1) / Alignment * Alignment;
        return start;
    }
}
