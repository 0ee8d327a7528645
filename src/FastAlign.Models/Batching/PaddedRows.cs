namespace FastAlign.Models;

/// <summary>
/// Rectangles of ids as other engines hold sequences: for exchange with them. Nothing here pads for itself, see <see cref="TokenBatch"/>.
/// </summary>
public static class PaddedRows
{
    /// <summary>Rows of one width: that of the longest, rounded up to a multiple.</summary>
    /// <param name="rows">Sequences.</param>
    /// <param name="padding">What fills the rest.</param>
    /// <param name="isLeft">Pad before the sequence, not after it.</param>
    /// <param name="multiple">The width is a multiple of this.</param>
    public static int[][] Pad(IReadOnlyList<int[]> rows, int padding, bool isLeft = false, int multiple = 1)
    {
        int longest = rows.Count == 0 ? 0 : rows.Max(row => row.Length);
        int width = (longest + multiple - 1) / multiple * multiple;
        return [.. rows.Select(row => ToWidth(row, width, padding, isLeft))];
    }

    /// <summary>One row, padded to a width; a wider one stays as it is.</summary>
    public static int[] ToWidth(int[] row, int width, int padding, bool isLeft = false)
    {
        int[] rest = new int[Math.Max(0, width - row.Length)];
        Array.Fill(rest, padding);
        return isLeft ? [.. rest, .. row] : [.. row, .. rest];
    }

    /// <summary>Shifts rows to the left so that each begins at the first 1 of its mask, and cuts columns that no row uses. Freed places are 0.</summary>
    /// <param name="mask">1 for a token, 0 for padding: padding, tokens, padding.</param>
    /// <param name="rows">As wide as the mask.</param>
    public static (int[][] Mask, int[][] Rows) FlushLeft(IReadOnlyList<int[]> mask, IReadOnlyList<int[]> rows)
    {
        int[] starts = [.. mask.Select(row => Math.Max(0, Array.IndexOf(row, 1)))];
        int width = mask.Count == 0 ? 0 : mask.Select((row, i) => Array.LastIndexOf(row, 1) + 1 - starts[i]).Max();
        return ([.. mask.Select((row, i) => Shift(row, starts[i], width))], [.. rows.Select((row, i) => Shift(row, starts[i], width))]);
    }

    /// <summary>Ends each row after its first stop id; the rest becomes padding. The mask is 1 up to and including the stop id.</summary>
    public static (int[][] Rows, int[][] Mask) TruncateRight(IReadOnlyList<int[]> rows, IReadOnlyList<int> stops, int padding)
    {
        int[] ends = [.. rows.Select(row => Math.Min(row.Length, FirstTrue(row, stops.Contains) + 1))];
        return (
            [.. rows.Select((row, i) => ToWidth(row[..ends[i]], row.Length, padding))],
            [.. rows.Select((row, i) => row.Select((_, t) => t < ends[i] ? 1 : 0).ToArray())]);
    }

    /// <summary>Index of the first entry that the condition holds for; the length of the row if there is none.</summary>
    public static int FirstTrue<T>(IReadOnlyList<T> row, Predicate<T> condition)
    {
        for (int i = 0; i < row.Count; i++)
        {
            if (condition(row[i]))
            {
                return i;
            }
        }

        return row.Count;
    }

    private static int[] Shift(int[] row, int start, int width) => ToWidth(row[start..Math.Min(row.Length, start + width)], width, 0);
}
