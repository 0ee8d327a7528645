namespace FastAlign.Peers;

/// <summary>From a cell to a row.</summary>
internal static class Measurement
{
    /// <summary>Time in which the runtime compiles what the first cell of a name calls, before that cell is measured.</summary>
    private const double WarmUpSeconds = 1;

    private static readonly HashSet<string> Warm = [];

    /// <summary>Checks that both engines compute the same, times them in turns, measures the memory of each.</summary>
    /// <exception cref="InvalidOperationException">The engines compute different things, or a process that measures memory failed.</exception>
    public static PeerRow Of(Options options, string comparison, Cell cell)
    {
        (Times ours, Times peer) = Time(options, cell);
        return options.HasMemory
            ? new PeerRow(cell, ours, peer, PeakMemory.OfChild(comparison, cell, "ours"), PeakMemory.OfChild(comparison, cell, "peer"))
            : new PeerRow(cell, ours, peer, null, null);
    }

    /// <summary>Geometric mean of the ratios, and the lowest one.</summary>
    public static string Summary(string group, IReadOnlyList<PeerRow> rows)
    {
        double mean = Math.Exp(rows.Average(row => Math.Log(row.Ratio)));
        PeerRow worst = rows.MinBy(row => row.Ratio)!;
        return $"{group}, {rows[0].Cell.Threads} threads: {rows.Count} cells, geometric mean {mean:F3}, worst {worst.Ratio:F3} ({worst.Cell.Name} {worst.Cell.Shape})";
    }

    private static (Times Ours, Times Peer) Time(Options options, Cell cell)
    {
        using ISide ours = cell.Ours();
        using ISide peer = cell.Peer();
        double ms = 0;
        for (int run = 1; run <= cell.CheckedRuns; run++)
        {
            ms = ours.Run();
            peer.Run();
            Check(cell, run, ours.Results, peer.Results);
        }

        if (ms < WarmUpSeconds * 1000 && Warm.Add(cell.Name))
        {
            Times.Alternate(WarmUpSeconds, ours, peer);
        }

        return Times.Alternate(options.SecondsPerCell, ours, peer);
    }

    private static void Check(Cell cell, int run, IReadOnlyList<double> ours, IReadOnlyList<double> peer)
    {
        if (ours.Count != peer.Count || ours.Zip(peer).Any(pair => !IsNear(pair.First, pair.Second, cell.Tolerance)))
        {
            throw new InvalidOperationException(
                $"{cell.Key}: run {run}: FastAlign gives {string.Join(", ", ours)}, the peer {string.Join(", ", peer)}; expected equality to {cell.Tolerance}");
        }
    }

    /// <summary>False for NaN, too.</summary>
    private static bool IsNear(double a, double b, double tolerance) => Math.Abs(a - b) <= tolerance * Math.Max(1, Math.Abs(a));
}
