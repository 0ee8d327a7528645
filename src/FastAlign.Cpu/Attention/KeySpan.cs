namespace FastAlign.Cpu;

/// <summary>The keys of one block that some lane of a query tile sees.</summary>
internal readonly struct KeySpan
{
    private const int Block = AttentionScratch.Block;

    /// <param name="tile">The queries.</param>
    /// <param name="start">First position of the block, a multiple of 64.</param>
    /// <param name="window">Keys a query sees at most.</param>
    public KeySpan(in QueryTile tile, int start, int window)
    {
        Start = start;
        From = Math.Max(0, tile.MinPosition - window + 1 - start) / AttentionTiles.Rows * AttentionTiles.Rows;
        To = Math.Min(Block, tile.MaxPosition + 1 - start);
        IsMasked = start + To - 1 > tile.MinPosition || start + From <= tile.MaxPosition - window;
    }

    public int Start { get; }

    /// <summary>First key, counted from <see cref="Start"/>; a multiple of 4, so that whole register tiles end inside the block.</summary>
    public int From { get; }

    /// <summary>One past the last key, counted from <see cref="Start"/>.</summary>
    public int To { get; }

    public int Count => To - From;

    /// <summary>Whether some lane does not see some key of the span.</summary>
    public bool IsMasked { get; }

    /// <summary>First position of the first block that the tile sees.</summary>
    public static int FirstBlock(in QueryTile tile, int window) => Math.Max(0, tile.MinPosition - window + 1) / Block * Block;
}
