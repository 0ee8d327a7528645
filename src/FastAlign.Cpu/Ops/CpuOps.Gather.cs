using FastAlign.Core;

namespace FastAlign.Cpu;

internal sealed unsafe partial class CpuOps
{
    // Two cache lines: narrower pieces would share lines between threads.
    private const int MinColumnsPerPiece = 32;

    public void GatherRows(Tensor x, Tensor rows, Write write, Tensor y)
    {
        CheckIndices("gather_rows", "rows", rows, x.Rows);
        ElementTiles tiles = new(y.Shape, areAllContiguous: false);
        GatherAction action = new(x, rows, write, y, tiles);
        _team.For(tiles.Pieces, ref action);
    }

    public void ScatterRows(Tensor x, Tensor rows, Write write, Tensor y)
    {
        CheckIndices("scatter_rows", "rows", rows, y.Rows);
        int width = x.Shape.RowLength;
        int columns = ColumnsPerPiece(x.Rows, width);
        ScatterAction action = new(x, rows, write, y, columns);
        _team.For((width + columns - 1) / columns, ref action);
    }

    /// <summary>Width of the column pieces of an op that runs down all rows: one piece per thread; a single one if there is little to do.</summary>
    /// <remarks>Each element is a chain of its own, so where columns are cut does not touch the bits.</remarks>
    private int ColumnsPerPiece(long rows, int width)
    {
        if (rows * width <= ElementTiles.PieceElements)
        {
            return Math.Max(1, width);
        }

        int share = (width + _team.Threads - 1) / _team.Threads;
        return Math.Max(MinColumnsPerPiece, (share + Vectors.Width - 1) / Vectors.Width * Vectors.Width);
    }

    private static void CheckIndices(string op, string name, Tensor indices, int bound)
    {
        int* index = indices.Host<int>();
        for (int i = 0; i < indices.Length; i++)
        {
            if ((uint)index[i] >= (uint)bound)
            {
                throw new ShapeException($"[{op}] {name}[{i}]: expected 0 to {bound - 1}, got {index[i]}");
            }
        }
    }
}
