namespace FastAlign.Kernels.Device;

/// <summary>The kernels of <see cref="Elementwise"/>.</summary>
public static class ElementwiseKernels
{
    public static KernelInfo<FillArguments> Fill { get; } =
        new("fill", KernelFamily.Elementwise, Elementwise.FillKernel, static (in FillArguments a) => a.Extent.Groups, MapExtent.GroupSize);

    public static KernelInfo<CopyArguments<float, float>> CopySingle { get; } = Copy<float, float, SameBits<float>>("copy.f32");

    public static KernelInfo<CopyArguments<ulong, ulong>> CopyDouble { get; } = Copy<ulong, ulong, SameBits<ulong>>("copy.f64");

    public static KernelInfo<CopyArguments<ushort, ushort>> CopyBfloat16 { get; } = Copy<ushort, ushort, SameBits<ushort>>("copy.bf16");

    public static KernelInfo<CopyArguments<float, ushort>> SingleToBfloat16 { get; } = Copy<float, ushort, SingleToBfloat16>("copy.f32_bf16");

    public static KernelInfo<CopyArguments<ushort, float>> Bfloat16ToSingle { get; } = Copy<ushort, float, Bfloat16ToSingle>("copy.bf16_f32");

    public static KernelInfo<CopyArguments<float, ulong>> SingleToDouble { get; } = Copy<float, ulong, SingleToDouble>("copy.f32_f64");

    public static KernelInfo<CopyArguments<ulong, float>> DoubleToSingle { get; } = Copy<ulong, float, DoubleToSingle>("copy.f64_f32");

    public static KernelInfo<CopyArguments<ushort, ulong>> Bfloat16ToDouble { get; } = Copy<ushort, ulong, Bfloat16ToDouble>("copy.bf16_f64");

    public static KernelInfo<CopyArguments<ulong, ushort>> DoubleToBfloat16 { get; } = Copy<ulong, ushort, DoubleToBfloat16>("copy.f64_bf16");

    public static KernelInfo<Map1Arguments<Scaled<DeviceFloat>>> Scale { get; } = Map1<Scaled<DeviceFloat>>("scale");

    public static KernelInfo<Map2Arguments<AddScaled<DeviceFloat>>> Add { get; } = Map2<AddScaled<DeviceFloat>>("add");

    public static IReadOnlyList<KernelInfo> All { get; } =
    [
        Fill, CopySingle, CopyDouble, CopyBfloat16, SingleToBfloat16, Bfloat16ToSingle, SingleToDouble, DoubleToSingle, Bfloat16ToDouble, DoubleToBfloat16, Scale, Add,
    ];

    private static KernelInfo<CopyArguments<TFrom, TTo>> Copy<TFrom, TTo, TConversion>(string name)
        where TFrom : unmanaged
        where TTo : unmanaged
        where TConversion : struct, IConversion<TFrom, TTo> =>
        new(name, KernelFamily.Elementwise, Elementwise.CopyKernel<TFrom, TTo, TConversion>, static (in CopyArguments<TFrom, TTo> a) => a.Extent.Groups, MapExtent.GroupSize);

    internal static KernelInfo<Map1Arguments<TMap>> Map1<TMap>(string name)
        where TMap : struct, IMap1<DeviceFloat> =>
        new(name, KernelFamily.Elementwise, Elementwise.Map1Kernel<TMap>, static (in Map1Arguments<TMap> a) => a.Extent.Groups, MapExtent.GroupSize);

    internal static KernelInfo<Map2Arguments<TMap>> Map2<TMap>(string name)
        where TMap : struct, IMap2<DeviceFloat> =>
        new(name, KernelFamily.Elementwise, Elementwise.Map2Kernel<TMap>, static (in Map2Arguments<TMap> a) => a.Extent.Groups, MapExtent.GroupSize);
}
