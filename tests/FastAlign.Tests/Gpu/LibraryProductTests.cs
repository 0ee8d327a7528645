using System.Runtime.InteropServices;
using FastAlign.Core;
using FastAlign.Gpu;
using FastAlign.Kernels.Conformance;
using FastAlign.Kernels.Device;
using ILGPU;
using Xunit;

namespace FastAlign.Tests.Gpu;

/// <summary>
/// What stands between our products and cuBLAS, without cuBLAS: a naive product over matrices that lie column by column, as the reference BLAS defines it, takes the
/// library's place.
/// </summary>
[Collection(DeviceCollection.Name)]
public sealed class LibraryProductTests(TestDevices devices)
{
    public static TheoryData<string> Linear => [.. KernelCases.All.Where(static kernel => kernel.Op == OpNames.Linear).Select(static kernel => kernel.Name)];

    [Fact]
    public void Of_Forward_TransposesTheWeightAlone() =>
        Assert.Equal(new ColumnMajorProduct(true, false, 3, 2, 5, 7, 8, 9), ColumnMajorProduct.Of<ForwardForm>(Arguments(2, 3, 5, strideA: 8, strideB: 7, strideC: 9)));

    [Fact]
    public void Of_InputGradient_TransposesNothing() =>
        Assert.Equal(new ColumnMajorProduct(false, false, 3, 2, 5, 7, 8, 9), ColumnMajorProduct.Of<InputGradientForm>(Arguments(2, 3, 5, strideA: 8, strideB: 7, strideC: 9)));

    [Fact]
    public void Of_WeightGradient_TransposesTheDerivativeAlone() =>
        Assert.Equal(new ColumnMajorProduct(false, true, 3, 2, 5, 7, 8, 9), ColumnMajorProduct.Of<WeightGradientForm>(Arguments(2, 3, 5, strideA: 8, strideB: 7, strideC: 9)));

    /// <summary>By hand: dx = dy w with rows apart, in whole numbers, so that nothing rounds.</summary>
    [Fact]
    public void Gemm_InputGradientByHand_IsTheProduct()
    {
        // dy = [1 2; 3 4] three apart, w = [5 6 7; 8 9 10], dx [2, 3] four apart.
        float[] dy = [1, 2, -1, 3, 4, -1];
        float[] w = [5, 6, 7, 8, 9, 10];
        float[] dx = [-1, -1, -1, -1, -1, -1, -1, -1];

        Multiply(ColumnMajorProduct.Of<InputGradientForm>(Arguments(2, 3, 2, strideA: 3, strideB: 3, strideC: 4)), w, dy, 0, dx);

        Assert.Equal([21, 24, 27, -1, 47, 54, 61, -1], dx);
    }

    /// <summary>All of it but the library: bias, residual in place, sums onto what is there, strided rows, the bias gradient.</summary>
    [Theory]
    [MemberData(nameof(Linear))]
    public void Serve_EveryLinearCase_Conforms(string name)
    {
        using DeviceBackend backend = devices.OpenAlone(TestDevices.NarrowSimulator);
        int calls = 0;
        backend.ServeProducts((in ColumnMajorProduct product, ArrayView<float> left, ArrayView<float> right, float beta, ArrayView<float> result) =>
        {
            backend.Synchronize();
            Multiply(product, Floats(left), Floats(right), beta, Floats(result));
            calls++;
        });

        CaseResult result = CaseVerifier.Verify(KernelCases.All.Single(kernel => kernel.Name == name), backend);

        Assert.True(result.IsPassed, result.Failure);

        // Once, and again, of each of three products, and the two calls in a row.
        Assert.Equal(9, calls);
    }

    /// <summary>The loader's own error, for a library that no machine has.</summary>
    [Fact]
    public void Load_LibraryThatIsNotInstalled_IsRefusedByName()
    {
        InputException refusal = Assert.Throws<InputException>(() => CuBlasLibrary.Load(static version => NativeLibrary.Load($"libfastalign-has-no-such-library.so.{version}")));

        Assert.StartsWith("--variant: cublas needs NVIDIA's library cuBLAS 12, 11 or 10, which could not be loaded (", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("libfastalign-has-no-such-library.so.V12", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>The catalogue is what is emitted: the library is not in it, and nothing there is chosen because of it.</summary>
    [Fact]
    public void CuBlas_IsNoKernelAndNobodysDefault()
    {
        Assert.DoesNotContain(KernelCatalog.All, static kernel => kernel.Variant == KernelVariant.CuBlas);
        Assert.All(EmitTarget.All, static target => Assert.False(KernelVariant.CuBlas.Suits(target.Device)));
    }

    /// <summary><c>C = op(L) op(R) + beta C</c>, element (r, c) of a matrix with leading dimension s at r + c s.</summary>
    private static void Multiply(in ColumnMajorProduct product, ReadOnlySpan<float> left, ReadOnlySpan<float> right, float beta, Span<float> result)
    {
        for (int column = 0; column < product.N; column++)
        {
            for (int row = 0; row < product.M; row++)
            {
                double sum = 0;
                for (int k = 0; k < product.K; k++)
                {
                    float l = product.IsLeftTransposed ? left[k + (row * product.LeftStride)] : left[row + (k * product.LeftStride)];
                    float r = product.IsRightTransposed ? right[column + (k * product.RightStride)] : right[k + (column * product.RightStride)];
                    sum += (double)l * r;
                }

                ref float at = ref result[row + (column * product.ResultStride)];
                at = (float)(sum + (beta == 0 ? 0 : beta * at));
            }
        }
    }

    /// <summary>Memory of the simulator is the host's.</summary>
    private static Span<float> Floats(ArrayView<float> view) => MemoryMarshal.CreateSpan(ref view[0], checked((int)view.Length));

    private static GemmArguments Arguments(int i, int j, int k, int strideA, int strideB, int strideC)
    {
        MatrixView<float> Rows(int stride) => new(default, 0, stride);
        VectorView<float> none = new(default, -1);
        return new GemmArguments(Rows(strideA), new StoredMatrix(default, default, 0, 0, strideB), Rows(strideC), none, new MatrixView<float>(default, -1, 0), none, i, j, k);
    }
}
