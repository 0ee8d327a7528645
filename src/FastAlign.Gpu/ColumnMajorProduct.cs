using FastAlign.Kernels.Device;
using ILGPU;

namespace FastAlign.Gpu;

/// <summary>
/// A product of <see cref="GemmArguments"/> in the words of BLAS, whose matrices lie in memory column by column: <c>C = op(L) op(R) + beta C</c>.
/// </summary>
/// <remarks>
/// Rows <c>s</c> elements apart are, read by columns, the transposed matrix with leading dimension <c>s</c>. So C is the result transposed, [J, I], and
/// <c>C(j, i) = sum_k b(j, k) a(i, k)</c> makes b the left factor and a the right one:
/// <code>
///   b [J, K] by rows = [K, J] by columns: op(L) transposes         b by rows [K, J] (IsBTransposed) = [J, K] by columns: as it lies
///   a [I, K] by rows = [K, I] by columns: as it lies               a by rows [K, I] (IsATransposed) = [I, K] by columns: op(R) transposes
/// </code>
/// </remarks>
/// <param name="IsLeftTransposed">Whether op(L) transposes.</param>
/// <param name="IsRightTransposed">Whether op(R) transposes.</param>
/// <param name="M">Rows of C: J.</param>
/// <param name="N">Columns of C: I.</param>
/// <param name="K">Length of the chain.</param>
/// <param name="LeftStride">Leading dimension of L, which is b.</param>
/// <param name="RightStride">Leading dimension of R, which is a.</param>
/// <param name="ResultStride">Leading dimension of C.</param>
internal readonly record struct ColumnMajorProduct(
    bool IsLeftTransposed, bool IsRightTransposed, int M, int N, int K, int LeftStride, int RightStride, int ResultStride)
{
    public static ColumnMajorProduct Of<TForm>(in GemmArguments a)
        where TForm : struct, IGemmForm =>
        new(!default(TForm).IsBTransposed, default(TForm).IsATransposed, a.J, a.I, a.K, a.B.Stride, a.A.Stride, a.Result.Stride);
}

/// <summary>Queues <c>C = op(L) op(R) + beta C</c> on the backend's stream.</summary>
/// <param name="product">Sizes, transposes, leading dimensions.</param>
/// <param name="left">L, from its first element on.</param>
/// <param name="right">R.</param>
/// <param name="beta">0 to assign, whatever lies in C; 1 to add.</param>
/// <param name="result">C.</param>
internal delegate void ColumnMajorGemm(in ColumnMajorProduct product, ArrayView<float> left, ArrayView<float> right, float beta, ArrayView<float> result);
