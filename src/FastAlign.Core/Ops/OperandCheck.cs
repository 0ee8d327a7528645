using System.Diagnostics.CodeAnalysis;

namespace FastAlign.Core;

/// <summary>Checks of single operands. A message reads <c>[op] tensor: expected .., got ..</c>.</summary>
internal static class OperandCheck
{
    /// <summary>A tensor of reals whose rows may be strided; its type is that of the op's other reals.</summary>
    public static void Real(string op, string name, Tensor tensor, DType type)
    {
        Present(op, name, tensor);
        if (tensor.Type != type || type is not (DType.F32 or DType.F64))
        {
            Throw(op, name, type is DType.F32 or DType.F64 ? type.ToString() : "F32 or F64", tensor.Type.ToString());
        }
    }

    /// <summary>Rows may be strided, but not overlap.</summary>
    public static void Strided(string op, string name, Tensor tensor, Shape expected, DType type)
    {
        Real(op, name, tensor, type);
        Extent(op, name, tensor, expected);
        if (tensor.RowStride < tensor.Shape.RowLength)
        {
            Throw(op, name, $"a row stride of at least {tensor.Shape.RowLength}", $"{tensor.RowStride}");
        }
    }

    public static void Contiguous(string op, string name, Tensor tensor, Shape expected, DType type)
    {
        Strided(op, name, tensor, expected, type);
        Compact(op, name, tensor);
    }

    /// <summary>None, or contiguous of this shape.</summary>
    public static void Optional(string op, string name, Tensor tensor, Shape expected, DType type)
    {
        if (!tensor.IsNone)
        {
            Contiguous(op, name, tensor, expected, type);
        }
    }

    public static void Rank(string op, string name, Tensor tensor, int rank)
    {
        Present(op, name, tensor);
        if (tensor.Shape.Rank != rank)
        {
            Throw(op, name, $"{rank} dimensions", tensor.Shape.ToString());
        }
    }

    /// <summary>[count] I32, each in [0, bound); values are read where they lie in host memory.</summary>
    public static void Ids(string op, string name, Tensor tensor, int count, int bound)
    {
        Present(op, name, tensor);
        if (tensor.Type != DType.I32)
        {
            Throw(op, name, "I32", tensor.Type.ToString());
        }

        Extent(op, name, tensor, new Shape(count));
        Compact(op, name, tensor);
        if (tensor.Buffer is not HostBuffer)
        {
            return;
        }

        Span<int> ids = tensor.HostSpan<int>();
        for (int i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)bound)
            {
                Throw(op, $"{name}[{i}]", $"0..{bound - 1}", $"{ids[i]}");
            }
        }
    }

    /// <summary>Two operands that must not share an element, one being written.</summary>
    public static void Apart(string op, string name, Tensor tensor, string otherName, Tensor other)
    {
        if (Overlaps(tensor, other))
        {
            Throw(op, name, $"memory apart from {otherName}", "an overlap");
        }
    }

    /// <summary>Two operands that may be one and the same tensor, but not overlap otherwise.</summary>
    public static void SameOrApart(string op, string name, Tensor tensor, string otherName, Tensor other)
    {
        if (Overlaps(tensor, other) && (tensor.Offset != other.Offset || tensor.RowStride != other.RowStride || tensor.Shape != other.Shape))
        {
            Throw(op, name, $"{otherName} itself or memory apart from it", "a partial overlap");
        }
    }

    public static void Extent(string op, string name, Tensor tensor, Shape expected)
    {
        Present(op, name, tensor);
        if (tensor.Shape != expected)
        {
            Throw(op, name, expected.ToString(), tensor.Shape.ToString());
        }
    }

    public static void Compact(string op, string name, Tensor tensor)
    {
        if (!tensor.IsContiguous)
        {
            Throw(op, name, "contiguous rows", $"row stride {tensor.RowStride} for {tensor.Shape}");
        }
    }

    [DoesNotReturn]
    public static void Throw(string op, string name, string expected, string found) =>
        throw new ShapeException($"[{op}] {name}: expected {expected}, got {found}");

    private static void Present(string op, string name, Tensor tensor)
    {
        if (tensor.IsNone)
        {
            Throw(op, name, "a tensor", "none");
        }
    }

    /// <summary>Whether two views share an element. Column ranges of one matrix interleave without sharing any.</summary>
    private static bool Overlaps(Tensor a, Tensor b)
    {
        if (a.IsNone || b.IsNone || !ReferenceEquals(a.Buffer, b.Buffer) || a.Length == 0 || b.Length == 0)
        {
            return false;
        }

        (long startA, long endA) = Range(a);
        (long startB, long endB) = Range(b);
        if (endA <= startB || endB <= startA)
        {
            return false;
        }

        bool isOneMatrix = a.Type == b.Type && a.RowStride == b.RowStride && a.Rows > 1 && b.Rows > 1;
        if (!isOneMatrix)
        {
            return true;
        }

        // Distance of the column ranges modulo the row stride: b begins `shift` columns after a, in each row.
        long stride = a.RowStride;
        long shift = (((b.Offset - a.Offset) % stride) + stride) % stride;
        return shift < a.Shape.RowLength || shift + b.Shape.RowLength > stride;
    }

    private static (long Start, long End) Range(Tensor tensor)
    {
        long end = tensor.Offset + ((tensor.Rows - 1L) * tensor.RowStride) + tensor.Shape.RowLength;
        return (tensor.Offset * tensor.Type.Bytes(), end * tensor.Type.Bytes());
    }
}
