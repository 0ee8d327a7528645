using FastAlign.Core;
using FastAlign.Kernels.Device;
using ILGPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.Cuda.API;

namespace FastAlign.Gpu;

/// <summary>
/// NVIDIA's cuBLAS, for those who ask for <see cref="KernelVariant.CuBlas"/>: to know what a device could do, and how far our own products are from it. Loaded when it
/// is asked for and never otherwise.
/// </summary>
/// <remarks>Products in F32: the library's default mode takes no tensor cores. Not yet run on a device; see <c>kernels/PORTING.md</c>.</remarks>
internal sealed class CuBlasLibrary : IDisposable
{
    // The newest first; what is called here is the same in all of them.
    private static readonly CuBlasAPIVersion[] Versions = [CuBlasAPIVersion.V12, CuBlasAPIVersion.V11, CuBlasAPIVersion.V10];

    private readonly CudaAccelerator _accelerator;
    private readonly CuBlas _library;

    /// <exception cref="InputException">No version of the library could be loaded.</exception>
    public CuBlasLibrary(CudaAccelerator accelerator, CudaStream stream)
    {
        _accelerator = accelerator;
        _library = Load(version => new CuBlas(accelerator, version));
        _library.Stream = stream;
    }

    public void Gemm(in ColumnMajorProduct product, ArrayView<float> left, ArrayView<float> right, float beta, ArrayView<float> result)
    {
        // The library works in the context of the calling thread.
        _accelerator.Bind();
        _library.Gemm(
            Operation(product.IsLeftTransposed),
            Operation(product.IsRightTransposed),
            product.M,
            product.N,
            product.K,
            1f,
            left,
            product.LeftStride,
            right,
            product.RightStride,
            beta,
            result,
            product.ResultStride);
    }

    public void Dispose() => _library.Dispose();

    /// <param name="open">Opens one version.</param>
    internal static T Load<T>(Func<CuBlasAPIVersion, T> open)
    {
        Exception? cause = null;
        foreach (CuBlasAPIVersion version in Versions)
        {
            try
            {
                return open(version);
            }
            catch (Exception failure) when (failure is DllNotFoundException or EntryPointNotFoundException or CuBlasException)
            {
                cause ??= failure;
            }
        }

        throw new InputException(
            $"--variant: {KernelVariant.CuBlas} needs NVIDIA's library cuBLAS 12, 11 or 10, which could not be loaded ({cause!.Message}); is its folder in LD_LIBRARY_PATH?", cause);
    }

    private static CuBlasOperation Operation(bool isTransposed) => isTransposed ? CuBlasOperation.Transpose : CuBlasOperation.NonTranspose;
}
