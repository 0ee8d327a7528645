using FastAlign.Core;
using FastAlign.Kernels.Device;
using ILGPU;

namespace FastAlign.Gpu;

/// <summary>The ops of a device: each turns tensors into kernel arguments and queues a launch or a few. One file per family under Ops/.</summary>
internal sealed partial class DeviceOps : IOps
{
    private readonly DeviceBackend _backend;
    private readonly Launcher _launcher;
    private readonly ArrayView<float> _nothing;

    /// <summary>Each family takes its scratch and chooses its variants here, one line each.</summary>
    public DeviceOps(DeviceBackend backend, Launcher launcher, DeviceWorkspace workspace, string? variant = null)
    {
        _backend = backend;
        _launcher = launcher;
        _nothing = workspace.Take<float>(1);
        _sums = workspace.Take<float>(_hostSums.Length);
        _forests = new AttentionForests(backend, workspace);
        _logits = workspace.Take<float>(LogProbHead.TileRows * LogProbHead.TileColumns);
        _headRows = workspace.Take<HeadRow>(LogProbHead.TileRows);
        _targetLogits = workspace.Take<float>(LogProbHead.TileRows);
        _gemmForward = GemmKernels.Forward.For(launcher.Device, variant);
        _gemmInputGradient = GemmKernels.InputGradient.For(launcher.Device, variant);
        _gemmWeightGradient = GemmKernels.WeightGradient.For(launcher.Device, variant);
    }

    /// <summary>The rows of a tensor, inner dimensions flattened; an absent operand for none.</summary>
    internal MatrixView<float> Matrix(Tensor tensor) => tensor.IsNone ? new MatrixView<float>(_nothing, -1, 0) : Matrix<float>(tensor);

    private MatrixView<T> Matrix<T>(Tensor tensor)
        where T : unmanaged => new(View<T>(tensor), tensor.Offset, tensor.RowStride);

    /// <summary>The rows of a tensor of F32 or BF16 that are only read.</summary>
    private StoredMatrix Stored(Tensor tensor) =>
        new(View<float>(tensor), View<ushort>(tensor), tensor.Type == DType.BF16 ? 1 : 0, tensor.Offset, tensor.RowStride);

    /// <summary>The elements of a contiguous tensor; an absent operand for none.</summary>
    internal VectorView<float> Vector(Tensor tensor) => tensor.IsNone ? new VectorView<float>(_nothing, -1) : Vector<float>(tensor);

    internal VectorView<T> Vector<T>(Tensor tensor)
        where T : unmanaged => new(View<T>(tensor), tensor.Offset);

    /// <summary>Row by row, or as one long row where every operand is contiguous.</summary>
    private static MapExtent Extent(Tensor shape, bool areAllContiguous) =>
        areAllContiguous ? new MapExtent(shape.Length == 0 ? 0 : 1, shape.Length) : new MapExtent(shape.Rows, shape.Shape.RowLength);

    private ArrayView<T> View<T>(Tensor tensor)
        where T : unmanaged
    {
        if (tensor.Buffer is not DeviceBuffer buffer || !ReferenceEquals(buffer.Owner, _backend))
        {
            throw new ShapeException($"[tensor] {tensor}: expected memory of {_backend.Name}");
        }

        return buffer.View<T>();
    }
}
