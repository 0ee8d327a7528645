namespace FastAlign.Core;

/// <summary>
/// A stack of tensors in one buffer: activations of a step, scratch of an op. <see cref="Mark"/> and <see cref="Release"/> pair like brackets.
/// On <see cref="NullBackend"/> an <see cref="Unlimited"/> arena only measures: <see cref="HighWaterBytes"/> of a dry run is the capacity of the real one.
/// </summary>
/// <remarks>Tensors start at multiples of 64 bytes. Nothing is cleared: an op writes its whole output before anyone reads it.</remarks>
public sealed class Arena : IDisposable
{
    /// <summary>Capacity of a dry run.</summary>
    public const long Unlimited = 1L << 60;

    private const int Alignment = 64;

    private readonly TensorBuffer _buffer;
    private long _used;

    /// <param name="backend">Where the memory lies.</param>
    /// <param name="capacityBytes">Bytes to reserve; a request beyond them throws.</param>
    public Arena(Backend backend, long capacityBytes)
    {
        Backend = backend;
        _buffer = backend.Allocate(capacityBytes);
    }

    public Backend Backend { get; }

    public long CapacityBytes => _buffer.ByteLength;

    public long HighWaterBytes { get; private set; }

    /// <summary>An uninitialised tensor, valid until the enclosing <see cref="Release"/> or <see cref="Reset"/>.</summary>
    public Tensor Take(Shape shape, DType type)
    {
        long start = _used;
        long end = start + (((shape.Length * type.Bytes()) + Alignment - 1) / Alignment * Alignment);
        if (end > CapacityBytes)
        {
            throw new RunException($"[arena] {shape} {type} needs {end} bytes, the plan reserved {CapacityBytes}");
        }

        _used = end;
        HighWaterBytes = Math.Max(HighWaterBytes, end);
        return new Tensor(_buffer, start / type.Bytes(), shape, type);
    }

    /// <summary>An uninitialised tensor of the backend's real type.</summary>
    public Tensor Take(Shape shape) => Take(shape, Backend.RealType);

    /// <summary>The present height of the stack.</summary>
    public long Mark() => _used;

    /// <summary>Frees all that was taken since <paramref name="mark"/>.</summary>
    public void Release(long mark)
    {
        if (mark < 0 || mark > _used)
        {
            throw new ArgumentOutOfRangeException(nameof(mark), mark, $"the stack is at {_used}");
        }

        _used = mark;
    }

    public void Reset() => _used = 0;

    public void Dispose() => _buffer.Dispose();
}
