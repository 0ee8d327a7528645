using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>
/// 32 lanes of one run that read one key head: the work of a group. A lane is a query row and head; heads go fastest, so positions never descend.
/// </summary>
internal readonly struct QueryTile
{
    private readonly ForestRun _run;
    private readonly int _firstLane;
    private readonly int _share;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public QueryTile(ForestRun run, int keyHead, int share, int firstLane) => (_run, KeyHead, _share, _firstLane) = (run, keyHead, share, firstLane);

    public int KeyHead { get; }

    public int Segment
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _run.Segment;
    }

    public int MinPosition
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Position(0);
    }

    public int MaxPosition
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Position(_run.Lanes - _firstLane < TileProduct.Tile ? _run.Lanes - _firstLane - 1 : TileProduct.Tile - 1);
    }

    /// <summary>Tile <paramref name="index"/> of all: run by run, in each tile by tile, in each key head by key head.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static QueryTile Find(AttentionArguments a, int index)
    {
        int tile = index / a.KeyHeads;

        // The last run that does not begin after the tile.
        (int low, int high) = (0, a.Forest.RunCount - 1);
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            bool isAfter = a.Forest.Runs[middle].FirstTile > tile;
            low = isAfter ? low : middle;
            high = isAfter ? middle - 1 : high;
        }

        ForestRun run = a.Forest.Runs[low];
        return new QueryTile(run, index % a.KeyHeads, a.Share, (tile - run.FirstTile) * TileProduct.Tile);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Position(int lane) => _run.FirstPosition + ((_firstLane + lane) / _share);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Head(int lane) => (KeyHead * _share) + ((_firstLane + lane) % _share);

    /// <summary>Where a lane begins in Q; absent past the end of the run.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RowStart Start(int lane, int width) =>
        new(_firstLane + lane < _run.Lanes ? _run.FirstRow + ((_firstLane + lane) / _share) : -1, Head(lane) * width);
}

/// <summary>Up to 32 consecutive keys of one segment and key head.</summary>
internal readonly struct KeyTile
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private KeyTile(ForestSegment segment, int keyHead, int offset)
    {
        (Segment, KeyHead) = (segment, keyHead);
        FirstRow = segment.Start + offset;
        FirstPosition = segment.FirstPosition + offset;
        Count = segment.Length - offset < TileProduct.Tile ? segment.Length - offset : TileProduct.Tile;
    }

    public ForestSegment Segment { get; }

    public int KeyHead { get; }

    public int FirstRow { get; }

    public int FirstPosition { get; }

    public int Count { get; }

    /// <summary>Tile <paramref name="index"/> of all: segment by segment, in each tile by tile, in each key head by key head.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KeyTile Find(AttentionArguments a, int index)
    {
        int tile = index / a.KeyHeads;
        (int low, int high) = (0, a.Forest.SegmentCount - 1);
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            bool isAfter = a.Forest.Segments[middle].FirstTile > tile;
            low = isAfter ? low : middle;
            high = isAfter ? middle - 1 : high;
        }

        ForestSegment segment = a.Forest.Segments[low];
        return new KeyTile(segment, index % a.KeyHeads, (tile - segment.FirstTile) * TileProduct.Tile);
    }

    /// <summary>Lanes of a run that see some key of the tile: the first, and one past the last; an empty range where paths do not meet.</summary>
    /// <param name="run">The run.</param>
    /// <param name="treeOrder">Tree order of the run's segment.</param>
    /// <param name="share">Query heads per key head.</param>
    /// <param name="window">Keys a query sees at most.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (int From, int To) SeenBy(ForestRun run, int treeOrder, int share, int window)
    {
        bool isOnPath = treeOrder >= Segment.TreeOrder && treeOrder < Segment.TreeOrder + Segment.TreeSize;
        int first = FirstPosition - run.FirstPosition;

        // A query sees the key at p while its position is below p + window; without a window, int would overflow.
        long end = (long)first + Count - 1 + window;
        int rows = run.Lanes / share;
        int to = end < rows ? (int)end : rows;
        return (first > 0 ? first * share : 0, isOnPath ? to * share : 0);
    }
}
