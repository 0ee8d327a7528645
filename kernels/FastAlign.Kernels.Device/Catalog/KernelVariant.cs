namespace FastAlign.Kernels.Device;

/// <summary>One way to write a kernel, and the devices it is for.</summary>
/// <param name="Name">What users ask for by name, e.g. <c>generic</c>.</param>
/// <param name="Supports">Whether it runs on a device.</param>
/// <param name="Suits">Whether it is taken there without being asked for by name.</param>
/// <param name="IsRowInvariant">Whether the bits of an output row depend on its own inputs only: not on the number of rows or on neighbours.</param>
/// <param name="Roundoff">Unit roundoff of its least exact step: what error bounds are to assume.</param>
public sealed record KernelVariant(string Name, Func<DeviceInfo, bool> Supports, Func<DeviceInfo, bool> Suits, bool IsRowInvariant, double Roundoff = KernelVariant.SingleRoundoff)
{
    /// <summary>Half the distance from 1 to the next F32.</summary>
    public const double SingleRoundoff = 1.0 / (1 << 24);

    /// <summary>Half the distance from 1 to the next BF16.</summary>
    public const double Bfloat16Roundoff = 1.0 / (1 << 8);

    /// <summary>Runs everywhere; last in every list of choices.</summary>
    public static KernelVariant Generic { get; } = new("generic", static _ => true, static _ => true, IsRowInvariant: true);

    /// <summary>
    /// Large tiles, for devices with many registers: chosen on NVIDIA from sm_80, by name wherever groups of 256 threads have 16 KB of shared memory. The chains of
    /// the generic kernel.
    /// </summary>
    public static KernelVariant RegisterBlocked { get; } = new(
        "register_blocked",
        static device => device.MaxGroupSize >= RegisterBlockedGemm.GroupSize && device.SharedBytes >= RegisterBlockedGemm.SharedBytes,
        static device => device is { Kind: DeviceKind.Cuda, Architecture: >= 80 },
        IsRowInvariant: true);

    /// <summary>
    /// BF16 products on tensor cores, by name only: operands lose 16 bits of their mantissa. The order of sums inside an instruction is the device's, so no
    /// claim is made about rows.
    /// </summary>
    public static KernelVariant TensorCore { get; } =
        new("tensor_core", static device => device is { Kind: DeviceKind.Cuda, Architecture: >= 80 }, static _ => false, IsRowInvariant: false, Bfloat16Roundoff);

    /// <summary>
    /// NVIDIA's own library, by name only and where it is installed: what our products are measured against. It is no kernel, so nothing of it is emitted; its order of
    /// sums is its own.
    /// </summary>
    public static KernelVariant CuBlas { get; } = new("cublas", static device => device.Kind == DeviceKind.Cuda, static _ => false, IsRowInvariant: false);

    /// <summary>Everything that can be asked for by name.</summary>
    public static IReadOnlyList<KernelVariant> All { get; } = [Generic, RegisterBlocked, TensorCore, CuBlas];

    public override string ToString() => Name;
}
