namespace FastAlign.Core;

/// <summary>A run of consecutive key rows whose parent's path comes before it. A parent's index is below its children's.</summary>
/// <param name="Start">First row in K and V.</param>
/// <param name="Length">Rows.</param>
/// <param name="Parent">Index of the segment that precedes this one on every path through it, or -1 for a root.</param>
public readonly record struct Segment(int Start, int Length, int Parent);

/// <summary>Consecutive query rows that lie in one segment.</summary>
/// <param name="FirstRow">First row in Q.</param>
/// <param name="Count">Rows; row FirstRow + i is token Offset + i of the segment.</param>
/// <param name="Segment">The segment they lie in.</param>
/// <param name="Offset">Token of the segment that the first row is.</param>
public readonly record struct QueryRun(int FirstRow, int Count, int Segment, int Offset);

/// <summary>
/// Who sees whom. Keys form a forest of segments; a query sees the keys on the path from the root of its tree to itself, in position order.
/// A training batch has one run per segment, covering it; decoding has one row at the end of each sequence's last segment.
/// </summary>
/// <remarks>
/// Every backend visits the keys of a query in blocks of <see cref="KeyBlock"/> positions counted from position 0 of the path, whatever
/// segments they lie in. That fixes the order of additions, hence the bits, for packed, shared, prefilled and decoded tokens alike.
/// </remarks>
public sealed class AttentionLayout
{
    /// <summary>Positions per key block.</summary>
    public const int KeyBlock = 64;

    private readonly Segment[] _segments;
    private readonly QueryRun[] _runs;
    private readonly int[] _firstPositions;
    private readonly int[] _treeOrder;
    private readonly int[] _treeSize;
    private readonly int[] _roots;

    /// <exception cref="ShapeException">A parent does not come before its child, or a run leaves its segment.</exception>
    public AttentionLayout(ReadOnlySpan<Segment> segments, ReadOnlySpan<QueryRun> runs)
    {
        _segments = segments.ToArray();
        _runs = runs.ToArray();
        _firstPositions = new int[_segments.Length];
        for (int s = 0; s < _segments.Length; s++)
        {
            Segment segment = _segments[s];
            if (segment.Parent >= s || segment.Parent < -1 || segment.Length < 0 || segment.Start < 0)
            {
                throw new ShapeException($"[attention] segment {s}: {segment}, expected a parent in -1..{s - 1} and rows from 0");
            }

            _firstPositions[s] = segment.Parent < 0 ? 0 : _firstPositions[segment.Parent] + _segments[segment.Parent].Length;
        }

        (_treeOrder, _treeSize) = NumberTrees();
        _roots = [.. Enumerable.Range(0, _segments.Length).Where(s => _segments[s].Parent < 0)];
        foreach (QueryRun run in _runs)
        {
            CheckRun(run);
        }
    }

    public ReadOnlySpan<Segment> Segments => _segments;

    public ReadOnlySpan<QueryRun> Runs => _runs;

    /// <summary>Position of the first token of each segment: the summed length of its ancestors.</summary>
    public ReadOnlySpan<int> FirstPositions => _firstPositions;

    /// <summary>A number per segment such that every subtree is a range, beginning with its root.</summary>
    public ReadOnlySpan<int> TreeOrder => _treeOrder;

    /// <summary>Segments of the subtree below each segment, itself among them.</summary>
    public ReadOnlySpan<int> TreeSize => _treeSize;

    /// <summary>Trees of the forest.</summary>
    public int Trees => _roots.Length;

    /// <summary>Segment that is the root of tree <paramref name="tree"/>, in ascending order.</summary>
    public int Root(int tree) => _roots[tree];

    /// <summary>Changes with <see cref="Grow"/>: a copy of the layout elsewhere is current if it has the version.</summary>
    public int Version { get; private set; }

    /// <summary>Whether <paramref name="ancestor"/> lies on the path from the root to the end of <paramref name="segment"/>; a segment lies on its own path.</summary>
    public bool IsOnPath(int ancestor, int segment) => (uint)(_treeOrder[segment] - _treeOrder[ancestor]) < (uint)_treeSize[ancestor];

    /// <summary>Replaces segment <paramref name="index"/> by one of another length and moves its run: how a decoding sequence grows without allocation.</summary>
    /// <remarks>Only leaves grow: the positions of children follow from their parent's length.</remarks>
    public void Grow(int index, int length, in QueryRun run, int runIndex)
    {
        _segments[index] = _segments[index] with { Length = length };
        CheckRun(run);
        _runs[runIndex] = run;
        Version++;
    }

    /// <summary>
    /// Numbers segments so that every subtree is a range: its root comes first, and a child's subtree takes the next free numbers of its parent's.
    /// </summary>
    private (int[] Order, int[] Size) NumberTrees()
    {
        int[] size = new int[_segments.Length];
        for (int s = size.Length - 1; s >= 0; s--)
        {
            size[s]++;
            if (_segments[s].Parent >= 0)
            {
                size[_segments[s].Parent] += size[s];
            }
        }

        int[] order = new int[size.Length];
        int[] nextFree = new int[size.Length + 1];
        for (int s = 0; s < size.Length; s++)
        {
            ref int free = ref nextFree[_segments[s].Parent + 1];
            order[s] = free;
            nextFree[s + 1] = free + 1;
            free += size[s];
        }

        return (order, size);
    }

    private void CheckRun(in QueryRun run)
    {
        if ((uint)run.Segment >= (uint)_segments.Length || run.Offset < 0 || run.Count < 0 || run.Offset + run.Count > _segments[run.Segment].Length)
        {
            throw new ShapeException($"[attention] {run} leaves its segment");
        }
    }
}
