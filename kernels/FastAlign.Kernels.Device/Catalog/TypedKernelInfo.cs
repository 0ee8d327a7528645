namespace FastAlign.Kernels.Device;

/// <summary>Number of groups that a launch takes; 0 when there is nothing to do.</summary>
public delegate int GroupCount<TArguments>(in TArguments arguments)
    where TArguments : struct;

/// <summary>A kernel with its arguments: one struct, so that every kernel has the same signature and launches through one method.</summary>
/// <typeparam name="TArguments">Views and numbers; see the family's arguments file.</typeparam>
public sealed class KernelInfo<TArguments> : KernelInfo
    where TArguments : struct
{
    /// <param name="name">Unique within its variant.</param>
    /// <param name="family">Where it belongs.</param>
    /// <param name="entry">A static method.</param>
    /// <param name="groups">The launch geometry.</param>
    /// <param name="groupSize">Threads of a group.</param>
    /// <param name="sharedBytes">Shared memory of a group.</param>
    /// <param name="variant">Generic if absent.</param>
    /// <param name="localBytes">Memory of a thread outside of registers.</param>
    public KernelInfo(
        string name, KernelFamily family, Action<TArguments> entry, GroupCount<TArguments> groups, int groupSize, int sharedBytes = 0, KernelVariant? variant = null, int localBytes = 0)
        : base(name, family, variant ?? KernelVariant.Generic, groupSize, sharedBytes, localBytes, entry.Method) =>
        (Entry, Groups) = (entry, groups);

    public Action<TArguments> Entry { get; }

    public GroupCount<TArguments> Groups { get; }
}
