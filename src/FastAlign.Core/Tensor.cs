using System.Runtime.CompilerServices;

namespace FastAlign.Core;

/// <summary>
/// A readonly view of a buffer: offset, shape, element type. Entries of the first dimension ("rows") may lie
/// <see cref="RowStride"/> elements apart, so that a column range of a matrix is a view too; inside a row elements are contiguous.
/// </summary>
public readonly struct Tensor
{
    private readonly TensorBuffer? _buffer;

    public Tensor(TensorBuffer buffer, long offset, Shape shape, DType type)
        : this(buffer, offset, shape, type, shape.RowLength)
    {
    }

    private Tensor(TensorBuffer buffer, long offset, Shape shape, DType type, int rowStride)
    {
        long rows = shape.Rank == 0 ? 0 : shape[0];
        long end = rows == 0 ? offset : offset + ((rows - 1) * rowStride) + shape.RowLength;
        if (offset < 0 || end * type.Bytes() > buffer.ByteLength)
        {
            throw new ShapeException($"[tensor] view {shape} at element {offset} ends at {end * type.Bytes()} bytes, the buffer has {buffer.ByteLength}");
        }

        (_buffer, Offset, Shape, Type, RowStride) = (buffer, offset, shape, type, rowStride);
    }

    /// <summary>An absent optional operand.</summary>
    public static Tensor None => default;

    public bool IsNone => _buffer is null;

    public TensorBuffer Buffer => _buffer ?? throw new ShapeException("[tensor] an absent tensor was used");

    /// <summary>Elements before the first one.</summary>
    public long Offset { get; }

    public Shape Shape { get; }

    public DType Type { get; }

    /// <summary>Elements from one entry of the first dimension to the next.</summary>
    public int RowStride { get; }

    public long Length => Shape.Length;

    public int Rows => Shape[0];

    public bool IsContiguous => IsNone || RowStride == Shape.RowLength || Shape[0] <= 1;

    /// <summary>Rows <paramref name="start"/> to <paramref name="start"/> + <paramref name="count"/> of the first dimension.</summary>
    public Tensor RowRange(int start, int count)
    {
        if (start < 0 || count < 0 || start + count > Rows)
        {
            throw new ShapeException($"[tensor] rows {start}..{start + count} of {Shape}");
        }

        return new Tensor(Buffer, Offset + ((long)start * RowStride), Shape.WithRows(count), Type, RowStride);
    }

    /// <summary>Columns of a matrix [R, C] as a strided view [R, <paramref name="count"/>].</summary>
    public Tensor Columns(int start, int count)
    {
        if (Shape.Rank != 2 || start < 0 || count < 0 || start + count > Shape[1])
        {
            throw new ShapeException($"[tensor] columns {start}..{start + count} of {Shape}");
        }

        return new Tensor(Buffer, Offset + start, new Shape(Rows, count), Type, RowStride);
    }

    /// <summary>The same rows, each read as <paramref name="d1"/> x <paramref name="d2"/>: [R, d1*d2] becomes [R, d1, d2].</summary>
    public Tensor SplitRows(int d1, int d2)
    {
        if (d1 * d2 != Shape.RowLength)
        {
            throw new ShapeException($"[tensor] rows of {Shape} read as [{d1}, {d2}]");
        }

        return new Tensor(Buffer, Offset, new Shape(Rows, d1, d2), Type, RowStride);
    }

    /// <summary>The same rows without inner dimensions: [R, a, b] becomes [R, a*b].</summary>
    public Tensor FlattenRows() => new(Buffer, Offset, new Shape(Rows, Shape.RowLength), Type, RowStride);

    /// <summary>The same elements under another shape; contiguous tensors only.</summary>
    public Tensor Reshape(Shape shape)
    {
        if (!IsContiguous || shape.Length != Length)
        {
            throw new ShapeException($"[tensor] {Shape} (row stride {RowStride}) read as {shape}");
        }

        return new Tensor(Buffer, Offset, shape, Type);
    }

    /// <summary>Elements <paramref name="start"/>.. of a contiguous tensor under a shape of its own.</summary>
    public Tensor Slice(long start, Shape shape)
    {
        if (!IsContiguous || start < 0 || start + shape.Length > Length)
        {
            throw new ShapeException($"[tensor] elements {start}..{start + shape.Length} of {Shape}");
        }

        return new Tensor(Buffer, Offset + start, shape, Type);
    }

    /// <summary>First element in host memory. The caller stays inside <see cref="Shape"/> and <see cref="RowStride"/>.</summary>
    /// <exception cref="ShapeException">The tensor is not in host memory or holds another type.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe T* Host<T>()
        where T : unmanaged
    {
        if (_buffer is not HostBuffer host || sizeof(T) != Type.Bytes())
        {
            throw new ShapeException($"[tensor] {Shape} {Type}: expected host memory of {sizeof(T)}-byte elements");
        }

        return (T*)host.Pointer + Offset;
    }

    /// <summary>The elements in host memory from the first to the last, gaps between strided rows included: how code without pointers reads a tensor.</summary>
    /// <exception cref="ShapeException">The tensor is not in host memory or holds another type.</exception>
    public unsafe Span<T> HostSpan<T>()
        where T : unmanaged
    {
        T* first = Host<T>();
        return new Span<T>(first, Length == 0 ? 0 : checked(((Rows - 1) * RowStride) + Shape.RowLength));
    }

    public override string ToString() => IsNone ? "none" : $"{Type}{Shape}";
}
