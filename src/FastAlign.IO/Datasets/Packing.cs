using FastAlign.Core;

namespace FastAlign.IO.Datasets;

/// <summary>
/// Puts rows into blocks of a fixed number of tokens, as TRL's <c>pack_dataset</c>: rows in groups of <see cref="GroupRows"/>, no block spans two
/// groups. Works on lengths alone.
/// </summary>
public static class Packing
{
    /// <summary>Rows packed together; TRL inherits it from the batch size of <c>datasets.map</c>.</summary>
    public const int GroupRows = 1000;

    /// <summary>Part of a row in a block.</summary>
    /// <param name="Row">Index into the lengths.</param>
    /// <param name="Start">Its first token in the row.</param>
    /// <param name="Length">Number of tokens, at least one.</param>
    public readonly record struct Piece(int Row, int Start, int Length);

    /// <summary>The blocks, each a list of pieces in order.</summary>
    /// <param name="lengths">Tokens of each row.</param>
    /// <param name="blockLength">Largest number of tokens in a block, at least one.</param>
    /// <param name="strategy">How.</param>
    public static List<Piece[]> Pack(ReadOnlySpan<int> lengths, int blockLength, PackingStrategy strategy)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blockLength);
        List<Piece[]> blocks = [];
        List<Piece> pieces = [];
        for (int start = 0; start < lengths.Length; start += GroupRows)
        {
            pieces.Clear();
            for (int row = start; row < Math.Min(start + GroupRows, lengths.Length); row++)
            {
                Cut(row, lengths[row], blockLength, strategy, pieces);
            }

            if (strategy == PackingStrategy.Wrapped)
            {
                Wrap(pieces, blockLength, blocks);
            }
            else
            {
                FitBest(pieces, blockLength, blocks);
            }
        }

        return blocks;
    }

    /// <summary>Turns a row into the pieces to place: one, or for a long row to be split, several.</summary>
    private static void Cut(int row, int length, int blockLength, PackingStrategy strategy, List<Piece> pieces)
    {
        int step = strategy == PackingStrategy.Wrapped ? Math.Max(length, 1) : blockLength;
        int end = strategy == PackingStrategy.BestFit ? Math.Min(length, blockLength) : length;
        for (int start = 0; start < end; start += step)
        {
            pieces.Add(new Piece(row, start, Math.Min(step, end - start)));
        }
    }

    /// <summary>
    /// Best fit decreasing: the longest piece first (equal lengths in order), each into the block with the least space that holds it; blocks with
    /// equal space are taken in the order in which they came to it. Source: Ding et al., "Fewer Truncations Improve Language Modeling", ICML 2024.
    /// </summary>
    private static void FitBest(List<Piece> pieces, int blockLength, List<Piece[]> blocks)
    {
        Piece[] sorted = [.. pieces.OrderByDescending(piece => piece.Length)]; // a stable sort
        SortedSet<int> spaces = [];
        var blocksBySpace = new Queue<List<Piece>>?[blockLength + 1];
        List<List<Piece>> open = [];
        foreach (Piece piece in sorted)
        {
            int space = spaces.GetViewBetween(piece.Length, blockLength).Min; // 0: none
            List<Piece> block = [];
            if (space == 0)
            {
                open.Add(block);
                space = blockLength;
            }
            else
            {
                block = blocksBySpace[space]!.Dequeue();
                if (blocksBySpace[space]!.Count == 0)
                {
                    spaces.Remove(space);
                }
            }

            block.Add(piece);
            space -= piece.Length;
            if (space > 0)
            {
                (blocksBySpace[space] ??= new Queue<List<Piece>>()).Enqueue(block);
                spaces.Add(space);
            }
        }

        foreach (List<Piece> block in open)
        {
            blocks.Add([.. block]);
        }
    }

    private static void Wrap(List<Piece> pieces, int blockLength, List<Piece[]> blocks)
    {
        List<Piece> block = [];
        int space = blockLength;
        foreach (Piece piece in pieces)
        {
            for (int at = 0; at < piece.Length;)
            {
                int taken = Math.Min(space, piece.Length - at);
                block.Add(new Piece(piece.Row, at, taken));
                (at, space) = (at + taken, space - taken);
                if (space == 0)
                {
                    blocks.Add([.. block]);
                    block.Clear();
                    space = blockLength;
                }
            }
        }

        if (block.Count > 0)
        {
            blocks.Add([.. block]);
        }
    }
}
