using FastAlign.Core;

namespace FastAlign.Kernels.Conformance;

/// <summary>
/// An F64 tensor read as vectors of <see cref="Width"/> elements. A tensor [N, H, D] is N vectors of H*D, or N*H vectors of D; either way
/// entries of its first dimension may be strided.
/// </summary>
internal readonly ref struct RowView
{
    private readonly Span<double> _elements;
    private readonly int _stride;
    private readonly int _vectorsPerRow;

    /// <summary>One vector per entry of the first dimension.</summary>
    public RowView(Tensor tensor)
        : this(tensor, tensor.Shape.RowLength)
    {
    }

    /// <summary>One vector per <paramref name="width"/> elements.</summary>
    public RowView(Tensor tensor, int width)
    {
        _elements = tensor.HostSpan<double>();
        _stride = tensor.RowStride;
        _vectorsPerRow = width == 0 ? 0 : tensor.Shape.RowLength / width;
        (Width, Count) = (width, tensor.Rows * _vectorsPerRow);
    }

    public int Width { get; }

    public int Count { get; }

    public Span<double> this[int index]
    {
        get
        {
            (int row, int vector) = Math.DivRem(index, _vectorsPerRow);
            return _elements.Slice((row * _stride) + (vector * Width), Width);
        }
    }
}
