namespace FastAlign.Core;

/// <summary>
/// Memory of one backend. Created by <see cref="Backend"/>, counted there until disposed, so that leaks and peaks are exact numbers.
/// </summary>
public abstract class TensorBuffer : IDisposable
{
    private readonly Backend _owner;
    private bool _isDisposed;

    protected TensorBuffer(Backend owner, long byteLength)
    {
        _owner = owner;
        ByteLength = byteLength;
        owner.CountAllocation(byteLength);
    }

    public long ByteLength { get; }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        Free();
        _owner.CountRelease(ByteLength);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back; called once.</summary>
    protected abstract void Free();
}
