namespace FastAlign.Core;

/// <summary>A buffer that is counted but holds nothing: what <see cref="NullBackend"/> hands out.</summary>
internal sealed class PlannedBuffer(Backend owner, long byteLength) : TensorBuffer(owner, byteLength)
{
    protected override void Free()
    {
    }
}
