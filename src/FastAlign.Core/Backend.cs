namespace FastAlign.Core;

/// <summary>
/// A place where tensors live and ops run. Owns nothing but its workspace; counts every byte it hands out, so that a memory plan made on
/// <see cref="NullBackend"/> can be compared with what a run really took.
/// </summary>
public abstract class Backend : IDisposable
{
    private long _liveBytes;
    private long _peakBytes;
    private int _liveBuffers;

    /// <summary>For people: device and instruction set, e.g. <c>host avx512 x2</c>.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Identifies the arithmetic: equal ids promise equal bits for equal input. Part of the key of every cached log-prob.
    /// </summary>
    public abstract string NumericsId { get; }

    public abstract IOps Ops { get; }

    /// <summary>Type of activations, parameters and gradients: F32, or F64 on the reference backend.</summary>
    public virtual DType RealType => DType.F32;

    /// <summary>Whether products, look-ups and heads read weights that are stored as BF16 and widen them on the way, which is exact.</summary>
    public virtual bool ReadsBrainFloatWeights => false;

    /// <summary>Bytes that ops use inside, fixed when the backend opens (packing buffers, tiles). Part of <see cref="LiveBytes"/>.</summary>
    public virtual long WorkspaceBytes => 0;

    /// <summary>Bytes that the backend can hold in all, if it knows; else the largest number there is.</summary>
    public virtual long CapacityBytes => long.MaxValue;

    /// <summary>Bytes in live buffers, workspace included.</summary>
    public long LiveBytes => _liveBytes + WorkspaceBytes;

    /// <summary>Largest value of <see cref="LiveBytes"/> since the backend opened or <see cref="ResetPeak"/>.</summary>
    public long PeakBytes => _peakBytes + WorkspaceBytes;

    public int LiveBuffers => _liveBuffers;

    public void ResetPeak() => _peakBytes = _liveBytes;

    /// <summary>A zeroed tensor with memory of its own; disposing its buffer frees it.</summary>
    public Tensor Allocate(Shape shape, DType type) => new(Allocate(shape.Length * type.Bytes()), 0, shape, type);

    public abstract TensorBuffer Allocate(long byteLength);

    /// <summary>Copies host values in; <paramref name="to"/> is contiguous and of the same length and element size.</summary>
    public abstract void Upload<T>(ReadOnlySpan<T> from, Tensor to)
        where T : unmanaged;

    /// <summary>Copies values out; the counterpart of <see cref="Upload{T}"/>. Waits for the device.</summary>
    public abstract void Download<T>(Tensor from, Span<T> to)
        where T : unmanaged;

    /// <summary>Copies real values in, rounding to <see cref="RealType"/>: how loss gradients, computed in double, reach the backend.</summary>
    public abstract void UploadReal(ReadOnlySpan<double> from, Tensor to);

    /// <summary>Copies real values out, widened to double: how log-probs reach the losses.</summary>
    public abstract void DownloadReal(Tensor from, Span<double> to);

    /// <summary>Waits until everything queued is done; nothing to do where ops finish before they return.</summary>
    public virtual void Synchronize()
    {
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    internal void CountAllocation(long bytes)
    {
        _liveBuffers++;
        _liveBytes += bytes;
        _peakBytes = Math.Max(_peakBytes, _liveBytes);
    }

    internal void CountRelease(long bytes)
    {
        _liveBuffers--;
        _liveBytes -= bytes;
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
