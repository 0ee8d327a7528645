using System.Runtime.InteropServices;
using FastAlign.Core;
using FastAlign.Kernels.Device;
using ILGPU;

namespace FastAlign.Gpu;

/// <summary>Attention layouts in device memory: the last one stays there, since every layer of a model asks for the same.</summary>
/// <param name="backend">Uploads.</param>
/// <param name="workspace">Gives <see cref="Capacity"/> entries of each kind, 4 MB.</param>
internal sealed class AttentionForests(DeviceBackend backend, DeviceWorkspace workspace)
{
    /// <summary>Most segments, and most runs, of one layout.</summary>
    public const int Capacity = 1 << 16;

    private readonly ArrayView<ForestSegment> _segments = workspace.Take<ForestSegment>(Capacity);
    private readonly ArrayView<ForestRun> _runs = workspace.Take<ForestRun>(Capacity);
    private readonly List<ForestSegment> _hostSegments = [];
    private readonly List<ForestRun> _hostRuns = [];
    private AttentionLayout? _layout;
    private int _version;
    private int _share;
    private AttentionForest _forest;

    /// <summary>The layout as kernels see it, uploaded unless it is there already.</summary>
    /// <param name="layout">Who sees whom.</param>
    /// <param name="share">Query heads per key head.</param>
    /// <exception cref="ShapeException">More segments or runs than <see cref="Capacity"/>.</exception>
    public AttentionForest Of(AttentionLayout layout, int share)
    {
        if (ReferenceEquals(layout, _layout) && layout.Version == _version && share == _share)
        {
            return _forest;
        }

        if (layout.Segments.Length > Capacity || layout.Runs.Length > Capacity)
        {
            throw new ShapeException(
                $"[{OpNames.Attention}] layout: expected at most {Capacity} segments and runs on a device, got {layout.Segments.Length} and {layout.Runs.Length}");
        }

        int keyTiles = ListSegments(layout);
        int queryTiles = ListRuns(layout, share);
        backend.Upload(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_hostSegments)), _segments.Cast<byte>());
        backend.Upload(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_hostRuns)), _runs.Cast<byte>());
        (_layout, _version, _share) = (layout, layout.Version, share);
        _forest = new AttentionForest(
            new VectorView<ForestSegment>(_segments, 0), new VectorView<ForestRun>(_runs, 0), layout.Segments.Length, layout.Runs.Length, queryTiles, keyTiles);
        return _forest;
    }

    private static int Tiles(int count) => (count + TileProduct.Tile - 1) / TileProduct.Tile;

    private int ListSegments(AttentionLayout layout)
    {
        _hostSegments.Clear();
        int tiles = 0;
        for (int s = 0; s < layout.Segments.Length; s++)
        {
            Segment segment = layout.Segments[s];
            _hostSegments.Add(new ForestSegment(
                segment.Start, segment.Length, segment.Parent, layout.FirstPositions[s], layout.TreeOrder[s], layout.TreeSize[s], tiles));
            tiles += Tiles(segment.Length);
        }

        return tiles;
    }

    private int ListRuns(AttentionLayout layout, int share)
    {
        _hostRuns.Clear();
        int tiles = 0;
        foreach (ref readonly QueryRun run in layout.Runs)
        {
            int lanes = checked(run.Count * share);
            _hostRuns.Add(new ForestRun(run.FirstRow, layout.FirstPositions[run.Segment] + run.Offset, run.Segment, lanes, tiles));
            tiles += Tiles(lanes);
        }

        return tiles;
    }
}
