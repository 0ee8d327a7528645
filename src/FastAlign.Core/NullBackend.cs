namespace FastAlign.Core;

/// <summary>
/// Runs everything but the arithmetic: the model's own code on this backend is the memory plan. Takes the workspace size of the backend it stands for.
/// </summary>
public sealed class NullBackend(string name, DType realType, long workspaceBytes, bool readsBrainFloatWeights = false) : Backend
{
    private readonly NullOps _ops = new();
    private ProfiledOps? _profile;

    /// <summary>The plan of what <paramref name="like"/> would take.</summary>
    public NullBackend(Backend like)
        : this($"plan of {like.Name}", like.RealType, like.WorkspaceBytes, like.ReadsBrainFloatWeights)
    {
    }

    public override string Name { get; } = name;

    public override string NumericsId => "none";

    public override DType RealType { get; } = realType;

    public override bool ReadsBrainFloatWeights { get; } = readsBrainFloatWeights;

    public override long WorkspaceBytes { get; } = workspaceBytes;

    public override IOps Ops => _profile is null ? _ops : _profile;

    /// <summary>Counts calls, FLOPs and bytes of every op from now on: what the code would do, without doing it. Before models are made on this backend.</summary>
    public ProfiledOps Profile() => _profile ??= ProfiledOps.Wrap(_ops);

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
