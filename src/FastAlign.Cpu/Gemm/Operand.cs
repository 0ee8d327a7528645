namespace FastAlign.Cpu.Gemm;

/// <summary>
/// One factor of a product as the packing sees it: vectors (rows of the left factor, columns of the right one), each with one element per step of
/// the summation ("depth"). Either factor may be stored either way, which is how one kernel serves <c>x wᵀ</c>, <c>dy w</c> and <c>dyᵀ x</c>.
/// </summary>
/// <param name="Origin">Element of vector 0 at depth 0.</param>
/// <param name="Stride">Elements from one row of the stored matrix to the next.</param>
/// <param name="IsDepthContiguous">Element (i, k) lies at <c>i * Stride + k</c>; otherwise at <c>k * Stride + i</c>.</param>
internal readonly unsafe record struct Operand(nint Origin, long Stride, bool IsDepthContiguous)
{
    /// <summary>A stored matrix whose rows are the vectors.</summary>
    public static Operand OfRows(float* origin, long stride) => new((nint)origin, stride, true);

    /// <summary>A stored matrix whose columns are the vectors.</summary>
    public static Operand OfColumns(float* origin, long stride) => new((nint)origin, stride, false);

    /// <summary>The same vectors from step <paramref name="depth"/> on.</summary>
    public Operand From(int depth) => this with { Origin = (nint)At(0, depth) };

    public float* At(int vector, int depth) =>
        (float*)Origin + (IsDepthContiguous ? (vector * Stride) + depth : (depth * Stride) + vector);
}
