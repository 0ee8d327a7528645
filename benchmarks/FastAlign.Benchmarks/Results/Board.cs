using FastAlign.Kernels.Conformance;

namespace FastAlign.Benchmarks;

/// <summary>
/// What benchmarks know beside their time: work, memory, and whether the result was right. They run in this process, so that the roofs are those of the
/// process, and pin it here when they end.
/// </summary>
internal static class Board
{
    private static readonly Dictionary<string, Measured> Pinned = [];

    public static bool IsAllRight => Pinned.Values.All(static row => row.Failure is null);

    /// <summary>Remembers a benchmark without its times.</summary>
    public static void Pin(Measured row)
    {
        Pinned[row.Name] = row;
        Machine.RefreshRoofs();
    }

    /// <summary>The benchmark with its times, or null if it did not come to its end.</summary>
    public static Measured? Find(string name, Times times) => Pinned.TryGetValue(name, out Measured? row) ? row with { Times = times } : null;
}
