using FastAlign.Core;
using FastAlign.Kernels;
using FastAlign.Kernels.Device;

namespace FastAlign.Gpu;

internal sealed partial class DeviceOps
{
    public void Fill(Tensor x, double value) =>
        _launcher.Launch(ElementwiseKernels.Fill, new FillArguments(Extent(x, x.IsContiguous), Matrix(x), (float)value));

    public void Copy(Tensor x, Tensor y)
    {
        switch (x.Type, y.Type)
        {
            // Bits of four bytes each: ids are moved as reals are.
            case (DType.F32, DType.F32) or (DType.I32, DType.I32):
                Copy(ElementwiseKernels.CopySingle, x, y);
                break;
            case (DType.F64, DType.F64):
                Copy(ElementwiseKernels.CopyDouble, x, y);
                break;
            case (DType.BF16, DType.BF16):
                Copy(ElementwiseKernels.CopyBfloat16, x, y);
                break;
            case (DType.F32, DType.BF16):
                Copy(ElementwiseKernels.SingleToBfloat16, x, y);
                break;
            case (DType.BF16, DType.F32):
                Copy(ElementwiseKernels.Bfloat16ToSingle, x, y);
                break;
            case (DType.F32, DType.F64):
                Copy(ElementwiseKernels.SingleToDouble, x, y);
                break;
            case (DType.F64, DType.F32):
                Copy(ElementwiseKernels.DoubleToSingle, x, y);
                break;
            case (DType.BF16, DType.F64):
                Copy(ElementwiseKernels.Bfloat16ToDouble, x, y);
                break;
            case (DType.F64, DType.BF16):
                Copy(ElementwiseKernels.DoubleToBfloat16, x, y);
                break;
            default:
                throw new ShapeException($"[{OpNames.Copy}] y: expected a type that {x.Type} converts to, got {y.Type}");
        }
    }

    public void Add(Tensor x, double scale, Tensor y) => Map(ElementwiseKernels.Add, new AddScaled<DeviceFloat>(scale), x, y, y);

    public void Scale(Tensor x, double scale) => Map(ElementwiseKernels.Scale, new Scaled<DeviceFloat>(scale), x, x);

    private void Copy<TFrom, TTo>(KernelInfo<CopyArguments<TFrom, TTo>> kernel, Tensor x, Tensor y)
        where TFrom : unmanaged
        where TTo : unmanaged =>
        _launcher.Launch(kernel, new CopyArguments<TFrom, TTo>(Extent(x, x.IsContiguous && y.IsContiguous), Matrix<TFrom>(x), Matrix<TTo>(y)));

    private void Map<TMap>(KernelInfo<Map1Arguments<TMap>> kernel, TMap map, Tensor x, Tensor y)
        where TMap : struct, IMap1<DeviceFloat> =>
        _launcher.Launch(kernel, new Map1Arguments<TMap>(Extent(y, x.IsContiguous && y.IsContiguous), map, Matrix(x), Matrix(y)));

    private void Map<TMap>(KernelInfo<Map2Arguments<TMap>> kernel, TMap map, Tensor a, Tensor b, Tensor y)
        where TMap : struct, IMap2<DeviceFloat> =>
        _launcher.Launch(kernel, new Map2Arguments<TMap>(Extent(y, a.IsContiguous && b.IsContiguous && y.IsContiguous), map, Matrix(a), Matrix(b), Matrix(y)));
}
