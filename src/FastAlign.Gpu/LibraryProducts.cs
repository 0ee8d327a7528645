using FastAlign.Kernels.Device;

namespace FastAlign.Gpu;

/// <summary>The products of <see cref="GemmKernels"/> by a library that multiplies matrices and nothing else.</summary>
/// <remarks>
/// Bias and residual are put into the result first, by the generic kernel with a chain of no steps, for the library to add onto; sums of rows are a launch of their
/// own. Roundings come in another order than the kernels', within the same bounds.
/// </remarks>
/// <param name="launcher">Of the backend whose products these are.</param>
/// <param name="gemm">The library.</param>
internal sealed class LibraryProducts(Launcher launcher, ColumnMajorGemm gemm)
{
    // An entry of its own in the launch cache: the catalogue's generic kernel may be one that the library serves.
    private static readonly KernelInfo<GemmArguments> Start =
        new("gemm.start", KernelFamily.Gemm, Gemm.GemmKernel<ForwardForm>, Gemm.Groups, Gemm.GroupSize, Gemm.SharedBytes);

    /// <summary>Takes the place of the kernels that a backend of this variant launches.</summary>
    public void Serve(string? variant)
    {
        launcher.Serve(GemmKernels.Forward.For(launcher.Device, variant), Multiply<ForwardForm>);
        launcher.Serve(GemmKernels.InputGradient.For(launcher.Device, variant), Multiply<InputGradientForm>);
        launcher.Serve(GemmKernels.WeightGradient.For(launcher.Device, variant), Multiply<WeightGradientForm>);
    }

    private void Multiply<TForm>(GemmArguments a)
        where TForm : struct, IGemmForm
    {
        bool hasStart = !a.Bias.IsNone || !a.Residual.IsNone;
        if (hasStart)
        {
            launcher.Launch(Start, a with { K = 0 });
        }

        float beta = hasStart || default(TForm).IsAccumulated ? 1f : 0f;
        gemm(ColumnMajorProduct.Of<TForm>(a), a.B.Elements, a.A.Elements, beta, a.Result.Elements);
        if (!a.RowSums.IsNone)
        {
            // Only a weight gradient has them, whose a(i, k) lies at row k: sums down columns.
            launcher.Launch(LogProbHeadKernels.BiasGradient, new HeadBiasGradientArguments(new MapExtent(1, a.I), a.A, a.K, a.RowSums));
        }
    }
}
