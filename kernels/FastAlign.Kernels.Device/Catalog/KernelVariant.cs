namespace FastAlign.Kernels.Device;

/// <summary>One way to write a kernel, and the devices it is for.</summary>
/// <param name="Name">What users ask for by name, e.g. <c>generic</c>.</param>
/// <param name="Supports">Whether it runs on a device.</param>
/// <param name="IsRowInvariant">Whether the bits of an output row depend on its own inputs only: not on the number of rows or on neighbours.</param>
/// <param name="IsOptIn">Taken only when asked for by name: it trades exactness for speed.</param>
public sealed record KernelVariant(string Name, Func<DeviceInfo, bool> Supports, bool IsRowInvariant, bool IsOptIn = false)
{
    /// <summary>Runs everywhere; last in every list of choices.</summary>
    public static KernelVariant Generic { get; } = new("generic", static _ => true, IsRowInvariant: true);

    public override string ToString() => Name;
}
