using System.Diagnostics;
using System.Globalization;

namespace FastAlign.Peers;

/// <summary>Most memory one side takes, measured in a process that holds nothing else: the program starts itself again for that side alone.</summary>
internal static class PeakMemory
{
    /// <summary>Runs in the child: optimizers and allocators take their full size in the second run.</summary>
    private const int Runs = 2;

    private const string Field = "VmHWM:";

    /// <summary>Peak resident set of a child that does one side of a cell, 10^6 bytes.</summary>
    /// <exception cref="InvalidOperationException">The child failed.</exception>
    public static double OfChild(string comparison, Cell cell, string side)
    {
        string program = Environment.ProcessPath ?? throw new InvalidOperationException("the path of this program is unknown");
        var start = new ProcessStartInfo(program, [comparison, "--side", side, "--only", cell.Key, "--threads", $"{cell.Threads}"]) { RedirectStandardOutput = true };
        using Process child = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0
            ? double.Parse(output, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"{side} side of {cell.Key}: the process that measures its memory ended with code {child.ExitCode}");
    }

    /// <summary>What the child does: the side's work, then its own peak.</summary>
    public static double OfSide(Func<ISide> open)
    {
        using ISide side = open();
        for (int i = 0; i < Runs; i++)
        {
            side.Run();
        }

        string line = File.ReadLines("/proc/self/status").First(text => text.StartsWith(Field, StringComparison.Ordinal));
        return double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }
}
