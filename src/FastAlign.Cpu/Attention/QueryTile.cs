using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary>
/// Up to 64 queries of one run that read one key head: rows of the run times heads of the group, heads fastest, so that positions never
/// descend. Called lanes below. The tile is work for one thread; what a lane computes does not depend on its neighbours.
/// </summary>
internal readonly struct QueryTile
{
    private readonly int _firstLane;
    private readonly int _firstRow;
    private readonly int _firstPosition;
    private readonly int _group;

    public QueryTile(AttentionLayout layout, in QueryRun run, int keyHead, int group, int firstLane)
    {
        (_firstLane, _firstRow, _group) = (firstLane, run.FirstRow, group);
        _firstPosition = layout.FirstPositions[run.Segment] + run.Offset;
        Segment = run.Segment;
        KeyHead = keyHead;
        Lanes = Math.Min(AttentionScratch.Block, (run.Count * group) - firstLane);
    }

    public int Segment { get; }

    public int KeyHead { get; }

    public int Lanes { get; }

    public int MinPosition => Position(0);

    public int MaxPosition => Position(Lanes - 1);

    /// <summary>Tiles of all runs and key heads.</summary>
    public static int Count(in AttentionOperands operands)
    {
        int tiles = 0;
        foreach (ref readonly QueryRun run in operands.Layout.Runs)
        {
            tiles += Count(run, operands.Group);
        }

        return tiles * operands.KeyHeads;
    }

    /// <summary>Tiles of one run and key head.</summary>
    public static int Count(in QueryRun run, int group) => ((run.Count * group) + AttentionScratch.Block - 1) / AttentionScratch.Block;

    /// <summary>Tile <paramref name="index"/> of all: run by run, in each tile by tile, in each key head by key head.</summary>
    public static QueryTile Find(in AttentionOperands operands, int index)
    {
        int tile = index / operands.KeyHeads;
        foreach (ref readonly QueryRun run in operands.Layout.Runs)
        {
            int tiles = Count(run, operands.Group);
            if (tile < tiles)
            {
                return new QueryTile(operands.Layout, run, index % operands.KeyHeads, operands.Group, tile * AttentionScratch.Block);
            }

            tile -= tiles;
        }

        throw new ArgumentOutOfRangeException(nameof(index));
    }

    /// <summary>Row of Q that a lane is. Lanes past the last repeat it, so that whole vectors hold real numbers.</summary>
    public int Row(int lane) => _firstRow + ((_firstLane + Clamp(lane)) / _group);

    /// <summary>Query head that a lane is.</summary>
    public int Head(int lane) => (KeyHead * _group) + ((_firstLane + Clamp(lane)) % _group);

    /// <summary>Position of a lane on its path.</summary>
    public int Position(int lane) => _firstPosition + ((_firstLane + Clamp(lane)) / _group);

    /// <summary>Positions of the first <paramref name="count"/> lanes.</summary>
    public unsafe void ListPositions(int* positions, int count)
    {
        (int row, int head) = (Row(0), Head(0));
        int shift = MinPosition - row;
        for (int lane = 0; lane < Lanes; lane++)
        {
            positions[lane] = row + shift;
            Advance(ref row, ref head);
        }

        for (int lane = Lanes; lane < count; lane++)
        {
            positions[lane] = MaxPosition;
        }
    }

    /// <summary>The first lane at or after a position that the tile reaches.</summary>
    public int FirstLaneAt(int position) => Math.Max(0, ((position - _firstPosition) * _group) - _firstLane);

    /// <summary>Steps from the row and head of one lane to the next, without the division that finding them takes.</summary>
    public void Advance(ref int row, ref int head)
    {
        if (++head == (KeyHead + 1) * _group)
        {
            head -= _group;
            row++;
        }
    }

    private int Clamp(int lane) => Math.Min(lane, Lanes - 1);
}
