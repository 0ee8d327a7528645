namespace FastAlign.Kernels.Device;

/// <summary><c>x = value</c></summary>
public readonly record struct FillArguments(MapExtent Extent, MatrixView<float> X, float Value);

/// <summary><c>y = x</c>, converted.</summary>
public readonly record struct CopyArguments<TFrom, TTo>(MapExtent Extent, MatrixView<TFrom> X, MatrixView<TTo> Y)
    where TFrom : unmanaged
    where TTo : unmanaged;

/// <summary><c>y = map(x)</c></summary>
public readonly record struct Map1Arguments<TMap>(MapExtent Extent, TMap Map, MatrixView<float> X, MatrixView<float> Y)
    where TMap : struct, IMap1<DeviceFloat>;

/// <summary><c>y = map(a, b)</c></summary>
public readonly record struct Map2Arguments<TMap>(MapExtent Extent, TMap Map, MatrixView<float> A, MatrixView<float> B, MatrixView<float> Y)
    where TMap : struct, IMap2<DeviceFloat>;
