namespace FastAlign.Core;

/// <summary>
/// Runs everything but the arithmetic: the model's own code on this backend is the memory plan. Takes the workspace size of the backend it stands for.
/// </summary>
public sealed class NullBackend(string name, DType realType, long workspaceBytes) : Backend
{
    /// <summary>The plan of what <paramref name="like"/> would take.</summary>
    public NullBackend(Backend like)
        : this($"plan of {like.Name}", like.RealType, like.WorkspaceBytes)
    {
    }

    public override string Name { get; } = name;

    public override string NumericsId => "none";

    public override DType RealType { get; } = realType;

    public override long WorkspaceBytes { get; } = workspaceBytes;

    public override IOps Ops { get; } = new NullOps();

    public override TensorBuffer Allocate(long byteLength) => new PlannedBuffer(this, byteLength);

    public override void Upload<T>(ReadOnlySpan<T> from, Tensor to)
    {
    }

    public override void Download<T>(Tensor from, Span<T> to) => to.Clear();

    public override void UploadReal(ReadOnlySpan<double> from, Tensor to)
    {
    }

    public override void DownloadReal(Tensor from, Span<double> to) => to.Clear();
}
