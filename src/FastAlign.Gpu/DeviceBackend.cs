using System.Runtime.InteropServices;
using FastAlign.Core;
using FastAlign.Kernels.Device;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace FastAlign.Gpu;

/// <summary>
/// A device behind ILGPU. Work is queued on one stream in program order; only <see cref="Download{T}"/> and <see cref="DownloadReal"/> wait for it.
/// </summary>
public sealed class DeviceBackend : Backend
{
    /// <summary>Raised whenever a kernel's order of operations changes, so that cached log-probs are not mixed.</summary>
    private const int KernelRevision = 1;

    private const int Alignment = 64;

    private readonly Context _context;
    private readonly Accelerator _accelerator;
    private readonly AcceleratorStream _stream;
    private readonly TransferRing _transfers;
    private readonly Launcher _launcher;
    private readonly DeviceWorkspace _workspace;
    private readonly IOps _checked;
    private readonly string? _variant;
    private readonly CuBlasLibrary? _cuBlas;
    private ProfiledOps? _profile;
    private float[] _reals = [];

    /// <param name="selection">Which device.</param>
    /// <param name="variant">Kernel variant to take wherever a kernel has it; null lets the device decide.</param>
    /// <exception cref="InputException">There is no such device, or it does not run the variant.</exception>
    public DeviceBackend(DeviceSelection selection, string? variant = null)
    {
        _context = DeviceContexts.Open(selection);
        (Device device, Info) = DeviceContexts.Select(_context, selection);
        CheckVariant(Info, variant);
        _variant = variant;
        _accelerator = device.CreateAccelerator(_context);
        _stream = _accelerator.CreateStream();
        _transfers = new TransferRing(_accelerator, _stream);
        _launcher = new Launcher(_accelerator, _stream, Info);
        _workspace = new DeviceWorkspace(_accelerator, _stream);
        var ops = new DeviceOps(this, _launcher, _workspace, variant);
        _checked = CheckedOps.Wrap(ops, ReadsBrainFloatWeights);
        Losses = new DeviceLosses(ops, _launcher);
        if (variant == KernelVariant.CuBlas.Name)
        {
            _cuBlas = new CuBlasLibrary((CudaAccelerator)_accelerator, (CudaStream)_stream);
            ServeProducts(_cuBlas.Gemm);
        }
    }

    public DeviceInfo Info { get; }

    public override string Name => $"{DeviceContexts.Name(Info.Kind)} {Info.Name} ({Info.Driver})";

    public override string NumericsId => $"{Info.Kind.ToString().ToLowerInvariant()}-{Info.Name}-{Info.Driver}-{KernelRevision}{(_variant is null ? "" : $"-{_variant}")}";

    /// <remarks>A library that multiplies takes matrices of one type.</remarks>
    public override bool ReadsBrainFloatWeights => _variant != KernelVariant.CuBlas.Name;

    public override IOps Ops => _profile ?? _checked;

    /// <summary>Loss terms, token rewards and sampling, for callers who keep log-probs on the device.</summary>
    public DeviceLosses Losses { get; }

    public override long WorkspaceBytes => _workspace.Bytes;

    public override long CapacityBytes => Info.MemoryBytes > 0 ? Info.MemoryBytes : long.MaxValue;

    /// <summary>Kernel launches so far.</summary>
    public long Launches => _launcher.Count;

    /// <summary>Measures what the device can do at most.</summary>
    public DeviceRoof MeasureRoof() => DeviceRoof.Measure(this, _launcher);

    /// <summary>Counts calls and kernel launches of every op from now on. Times are those of queueing.</summary>
    public ProfiledOps Profile() => _profile ??= ProfiledOps.Wrap(_checked, () => Launches);

    /// <summary>
    /// Runs another kernel where one of the catalogue is asked for: how a new kernel is verified and timed before it becomes a variant, and how the
    /// verifier is shown wrong ones.
    /// </summary>
    public void Replace<TArguments>(KernelInfo<TArguments> kernel, KernelInfo<TArguments> by)
        where TArguments : struct => _launcher.Replace(kernel, by);

    /// <summary>From now on the three products are a library's.</summary>
    internal void ServeProducts(ColumnMajorGemm gemm) => new LibraryProducts(_launcher, gemm).Serve(_variant);

    public override TensorBuffer Allocate(long byteLength)
    {
        // Rounded up, so that the buffer can be viewed in elements of any type.
        long padded = Math.Max(Alignment, (byteLength + Alignment - 1) / Alignment * Alignment);
        try
        {
            MemoryBuffer1D<byte, Stride1D.Dense> memory = _accelerator.Allocate1D<byte>(padded);
            memory.MemSetToZero(_stream);
            return new DeviceBuffer(this, byteLength, memory);
        }
        catch (Exception failure) when (DeviceFailure.IsOfDevice(failure) || failure is OutOfMemoryException)
        {
            throw DeviceFailure.OutOfMemory(Info, byteLength, LiveBytes, failure);
        }
    }

    public override void Upload<T>(ReadOnlySpan<T> from, Tensor to) => Upload(MemoryMarshal.AsBytes(from), Bytes(to, from.Length));

    public override void Download<T>(Tensor from, Span<T> to) => Download(Bytes(from, to.Length), MemoryMarshal.AsBytes(to));

    public override void UploadReal(ReadOnlySpan<double> from, Tensor to)
    {
        if (to.Type == DType.F64)
        {
            Upload(from, to);
            return;
        }

        Span<float> reals = Reals(from.Length);
        for (int i = 0; i < reals.Length; i++)
        {
            reals[i] = (float)from[i];
        }

        Upload<float>(reals, to);
    }

    public override void DownloadReal(Tensor from, Span<double> to)
    {
        if (from.Type == DType.F64)
        {
            Download(from, to);
            return;
        }

        Span<float> reals = Reals(to.Length);
        Download(from, reals);
        for (int i = 0; i < reals.Length; i++)
        {
            to[i] = reals[i];
        }
    }

    public override void Synchronize()
    {
        try
        {
            _stream.Synchronize();
        }
        catch (Exception failure) when (DeviceFailure.IsOfDevice(failure))
        {
            throw DeviceFailure.Lost(Info, "a wait", failure);
        }
    }

    /// <summary>Queues a copy of host bytes.</summary>
    internal void Upload(ReadOnlySpan<byte> from, ArrayView<byte> to)
    {
        try
        {
            _transfers.Upload(from, to);
        }
        catch (Exception failure) when (DeviceFailure.IsOfDevice(failure))
        {
            throw DeviceFailure.Lost(Info, "an upload", failure);
        }
    }

    /// <summary>Copies bytes back; waits for everything queued.</summary>
    internal void Download(ArrayView<byte> from, Span<byte> to)
    {
        try
        {
            _transfers.Download(from, to);
        }
        catch (Exception failure) when (DeviceFailure.IsOfDevice(failure))
        {
            throw DeviceFailure.Lost(Info, "a download", failure);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Drain();
            foreach (IDisposable? part in (ReadOnlySpan<IDisposable?>)[_cuBlas, _workspace, _transfers, _stream, _accelerator, _context])
            {
                DeviceFailure.Release(part);
            }
        }

        base.Dispose(disposing);
    }

    /// <summary>Waits for queued work, which names memory that is about to be freed. A lost device has none left.</summary>
    private void Drain()
    {
        try
        {
            _stream.Synchronize();
        }
        catch (Exception failure) when (DeviceFailure.IsOfDevice(failure))
        {
            // Its error was, or will be, reported by the call that needed the result.
        }
    }

    private static void CheckVariant(DeviceInfo device, string? name)
    {
        KernelVariant? asked = KernelVariant.All.FirstOrDefault(variant => variant.Name == name);
        if (name is not null && asked is null)
        {
            throw new InputException($"--variant: expected one of {string.Join(", ", KernelVariant.All)}; got '{name}'");
        }

        if (asked?.Supports(device) == false)
        {
            throw new InputException($"--variant: {name} does not run on {device.Name}");
        }
    }

    private static ArrayView<byte> Bytes(Tensor tensor, int length)
    {
        if (tensor.Length != length || !tensor.IsContiguous || tensor.Buffer is not DeviceBuffer buffer)
        {
            throw new ShapeException($"[transfer] expected a contiguous device tensor of {length} elements, got {tensor}");
        }

        int size = tensor.Type.Bytes();
        return buffer.View<byte>().SubView(tensor.Offset * size, (long)length * size);
    }

    /// <summary>Room for a transfer of reals in their own type; grows to the largest asked for.</summary>
    private Span<float> Reals(int count)
    {
        if (_reals.Length < count)
        {
            _reals = new float[count];
        }

        return _reals.AsSpan(0, count);
    }
}
