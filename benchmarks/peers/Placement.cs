using System.Globalization;
using System.Runtime.InteropServices;

namespace FastAlign.Peers;

/// <summary>Keeps the measuring thread on one core and every other thread of the process off it.</summary>
/// <remarks>
/// A kernel whose cores were busy lately wakes a sleeping thread on the core of the thread that woke it, and may leave both there for tens of milliseconds.
/// FastAlign's workers move on by themselves, those of the peers do not: without this, half of the peers' cells would be measured on one core.
/// </remarks>
internal static unsafe partial class Placement
{
    private const int MaskBytes = 128;
    private const int CallerCore = 0;

    /// <summary>Places the threads that exist now: call it before each turn, for threads come to be on the way.</summary>
    public static void Apply() => Place(areApart: true);

    /// <summary>Lets every thread run everywhere again: threads that come to be have the cores of the one that makes them.</summary>
    public static void Lift() => Place(areApart: false);

    private static void Place(bool areApart)
    {
        if (!OperatingSystem.IsLinux() || Environment.ProcessorCount == 1)
        {
            return;
        }

        int caller = ThreadId();
        byte* mask = stackalloc byte[MaskBytes];
        foreach (string path in Directory.GetDirectories("/proc/self/task"))
        {
            // A thread may have ended since it was listed; then there is nothing to place.
            int thread = int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture);
            new Span<byte>(mask, MaskBytes).Fill(areApart && thread == caller ? (byte)0 : byte.MaxValue);
            mask[CallerCore / 8] ^= (byte)(areApart ? 1 << (CallerCore % 8) : 0);
            _ = SetAffinity(thread, MaskBytes, mask);
        }
    }

    [LibraryImport("libc", EntryPoint = "gettid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ThreadId();

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetAffinity(int thread, nuint byteLength, byte* mask);
}
