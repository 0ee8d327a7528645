using System.Runtime.InteropServices;

namespace FastAlign.Core;

/// <summary>Native memory for arithmetic: aligned, zeroed, and on large pages where the system has them to give.</summary>
/// <remarks>
/// Products walk down columns of matrices whose rows are pages apart. With pages of 4 KiB each step is another page, and the processor's table of recent
/// pages is too short for them; with pages of 2 MiB it is not. The system may refuse: nothing but speed depends on it.
/// </remarks>
public static unsafe partial class HostMemory
{
    private const nuint LargePage = 2 << 20;

    /// <summary>MADV_HUGEPAGE of Linux.</summary>
    private const int AdviseLargePages = 14;

    /// <param name="byteLength">Size; 0 is allowed.</param>
    /// <param name="alignment">Of the first byte: a power of two.</param>
    /// <returns>Zeroed memory, to be given to <see cref="Free"/>.</returns>
    /// <exception cref="OutOfMemoryException">There is no more.</exception>
    public static byte* Allocate(nuint byteLength, nuint alignment)
    {
        bool isLarge = OperatingSystem.IsLinux() && byteLength >= 2 * LargePage;
        byte* memory = (byte*)NativeMemory.AlignedAlloc(byteLength, isLarge ? LargePage : alignment);
        if (isLarge)
        {
            _ = Advise(memory, byteLength / LargePage * LargePage, AdviseLargePages);
        }

        NativeMemory.Clear(memory, byteLength);
        return memory;
    }

    /// <summary>Gives memory of <see cref="Allocate"/> back.</summary>
    public static void Free(byte* memory) => NativeMemory.AlignedFree(memory);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* start, nuint length, int advice);
}
