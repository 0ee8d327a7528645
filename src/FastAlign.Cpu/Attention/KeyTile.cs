using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary>Up to 64 consecutive keys of one segment and key head.</summary>
internal readonly struct KeyTile
{
    private const int Block = AttentionScratch.Block;

    public KeyTile(AttentionLayout layout, int segment, int keyHead, int offset)
    {
        Segment keys = layout.Segments[segment];
        (Segment, KeyHead) = (segment, keyHead);
        FirstRow = keys.Start + offset;
        FirstPosition = layout.FirstPositions[segment] + offset;
        Count = Math.Min(Block, keys.Length - offset);
    }

    public int Segment { get; }

    public int KeyHead { get; }

    /// <summary>Row in K and V.</summary>
    public int FirstRow { get; }

    public int FirstPosition { get; }

    public int LastPosition => FirstPosition + Count - 1;

    public int Count { get; }

    /// <summary>Tiles of all segments and key heads.</summary>
    public static int CountAll(in AttentionOperands operands)
    {
        int tiles = 0;
        foreach (ref readonly Segment segment in operands.Layout.Segments)
        {
            tiles += (segment.Length + Block - 1) / Block;
        }

        return tiles * operands.KeyHeads;
    }

    /// <summary>Tile <paramref name="index"/> of all: segment by segment, in each tile by tile, in each key head by key head.</summary>
    public static KeyTile Find(in AttentionOperands operands, int index)
    {
        int tile = index / operands.KeyHeads;
        ReadOnlySpan<Segment> segments = operands.Layout.Segments;
        for (int s = 0; s < segments.Length; s++)
        {
            int tiles = (segments[s].Length + Block - 1) / Block;
            if (tile < tiles)
            {
                return new KeyTile(operands.Layout, s, index % operands.KeyHeads, tile * Block);
            }

            tile -= tiles;
        }

        throw new ArgumentOutOfRangeException(nameof(index));
    }

    /// <summary>Whether some query of the tile sees some key of this one, given that the paths meet.</summary>
    public bool IsSeenBy(in QueryTile tile, int window) => tile.MaxPosition >= FirstPosition && tile.MinPosition - window < LastPosition;
}
