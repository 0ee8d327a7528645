namespace FastAlign.Kernels.Device;

/// <summary>One thread per element; the formula is a type argument. Rows of every operand may be strided; outputs may be inputs.</summary>
public static class Elementwise
{
    public static void FillKernel(FillArguments a)
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        a.X[a.Extent.Row, a.Extent.Column] = a.Value;
    }

    public static void CopyKernel<TFrom, TTo, TConversion>(CopyArguments<TFrom, TTo> a)
        where TFrom : unmanaged
        where TTo : unmanaged
        where TConversion : struct, IConversion<TFrom, TTo>
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        (int row, long column) = (a.Extent.Row, a.Extent.Column);
        a.Y[row, column] = default(TConversion).Convert(a.X[row, column]);
    }

    public static void Map1Kernel<TMap>(Map1Arguments<TMap> a)
        where TMap : struct, IMap1<DeviceFloat>
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        (int row, long column) = (a.Extent.Row, a.Extent.Column);
        a.Y[row, column] = a.Map.Apply(new DeviceFloat(a.X[row, column])).Value;
    }

    public static void Map2Kernel<TMap>(Map2Arguments<TMap> a)
        where TMap : struct, IMap2<DeviceFloat>
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        (int row, long column) = (a.Extent.Row, a.Extent.Column);
        a.Y[row, column] = a.Map.Apply(new DeviceFloat(a.A[row, column]), new DeviceFloat(a.B[row, column])).Value;
    }
}
