using System.Runtime.InteropServices;

namespace FastAlign.Peers;

/// <summary>The part of OpenBLAS that the comparison calls (Debian package libopenblas0-pthread).</summary>
internal static unsafe partial class OpenBlas
{
    public const int NoTranspose = 111;
    public const int Transpose = 112;

    private const string Library = "libopenblas.so.0";
    private const int RowMajor = 101;

    [LibraryImport(Library, EntryPoint = "openblas_set_num_threads")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void SetThreads(int threads);

    /// <summary><c>c = op(a) op(b) + beta c</c>, row-major, contiguous.</summary>
    public static void Multiply(int transposeA, int transposeB, int m, int n, int k, float* a, float* b, float beta, float* c) =>
        Sgemm(RowMajor, transposeA, transposeB, m, n, k, 1, a, transposeA == NoTranspose ? k : m, b, transposeB == NoTranspose ? n : k, beta, c, n);

    [LibraryImport(Library, EntryPoint = "cblas_sgemm")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void Sgemm(
        int order, int transposeA, int transposeB, int m, int n, int k, float alpha, float* a, int lda, float* b, int ldb, float beta, float* c, int ldc);
}
