using System.Runtime.InteropServices;

namespace FastAlign.Cpu;

/// <summary>The processor core that a thread runs on.</summary>
/// <remarks>
/// Linux looks for an idle core when it wakes a thread, but not where the cores were busy lately, as ours are: the thread may then wait behind the one that
/// woke it, tens of milliseconds, while another core has nothing to do. So a thread that finds itself there moves on by itself.
/// </remarks>
internal static unsafe partial class ProcessorCore
{
    /// <summary>On systems that do not tell.</summary>
    public const int Unknown = -1;

    private const int WordBits = 64;

    /// <summary>Words of an affinity mask: 1024 cores, as in glibc.</summary>
    private const int Words = 1024 / WordBits;

    private const nuint MaskBytes = Words * sizeof(ulong);

    /// <summary>The core that the calling thread is on, or <see cref="Unknown"/>.</summary>
    public static int Current => OperatingSystem.IsLinux() ? CurrentCore() : Unknown;

    /// <summary>Moves the calling thread to another of the cores that it is allowed, if there is one. It stays allowed on all of them.</summary>
    /// <param name="core">The one to leave; nothing happens if it is <see cref="Unknown"/>.</param>
    public static void Leave(int core)
    {
        if (core is < 0 or >= Words * WordBits)
        {
            return;
        }

        ulong* mask = stackalloc ulong[Words];
        new Span<ulong>(mask, Words).Clear();
        if (Affinity(0, MaskBytes, mask) < 0)
        {
            return;
        }

        ulong bit = 1UL << (core % WordBits);
        mask[core / WordBits] &= ~bit;
        if (SetAffinity(0, MaskBytes, mask) == 0)
        {
            mask[core / WordBits] |= bit;
            _ = SetAffinity(0, MaskBytes, mask);
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_getcpu")]
    [SuppressGCTransition]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int CurrentCore();

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Affinity(int thread, nuint byteLength, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetAffinity(int thread, nuint byteLength, ulong* mask);
}
