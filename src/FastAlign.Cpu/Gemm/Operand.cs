using FastAlign.Core;

namespace FastAlign.Cpu.Gemm;

/// <summary>
/// One factor of a product as the packing sees it: vectors (rows of the left factor, columns of the right one), each with one element per step of
/// the summation ("depth"). Either factor may be stored either way, which is how one kernel serves <c>x wᵀ</c>, <c>dy w</c> and <c>dyᵀ x</c>.
/// </summary>
/// <param name="Origin">Element of vector 0 at depth 0.</param>
/// <param name="Stride">Elements from one row of the stored matrix to the next.</param>
/// <param name="IsDepthContiguous">Element (i, k) lies at <c>i * Stride + k</c>; otherwise at <c>k * Stride + i</c>.</param>
/// <param name="IsBrainFloat">Elements are stored as BF16 and widened as they are packed; otherwise they are F32.</param>
internal readonly unsafe record struct Operand(nint Origin, long Stride, bool IsDepthContiguous, bool IsBrainFloat)
{
    /// <summary>A matrix of F32 whose rows are the vectors.</summary>
    public static Operand OfRows(float* origin, long stride) => new((nint)origin, stride, true, false);

    /// <summary>A matrix of F32 whose columns are the vectors.</summary>
    public static Operand OfColumns(float* origin, long stride) => new((nint)origin, stride, false, false);

    /// <summary>A matrix of F32 or BF16 whose rows are the vectors.</summary>
    public static Operand OfRows(Tensor matrix) => Of(matrix, true);

    /// <summary>A matrix of F32 or BF16 whose columns are the vectors.</summary>
    public static Operand OfColumns(Tensor matrix) => Of(matrix, false);

    /// <summary>The same vectors from step <paramref name="depth"/> on.</summary>
    public Operand From(int depth) => this with { Origin = (nint)At(0, depth) };

    public byte* At(int vector, int depth) =>
        (byte*)Origin + ((IsDepthContiguous ? (vector * Stride) + depth : (depth * Stride) + vector) * (IsBrainFloat ? sizeof(ushort) : sizeof(float)));

    private static Operand Of(Tensor matrix, bool isDepthContiguous)
    {
        bool isBrainFloat = matrix.Type == DType.BF16;
        nint origin = isBrainFloat ? (nint)matrix.Host<ushort>() : (nint)matrix.Host<float>();
        return new(origin, matrix.RowStride, isDepthContiguous, isBrainFloat);
    }
}
