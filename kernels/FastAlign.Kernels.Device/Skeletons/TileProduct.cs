using System.Runtime.CompilerServices;
using ILGPU;

namespace FastAlign.Kernels.Device;

/// <summary>
/// The tile-product skeleton: groups of 64 threads compute tiles of 32 x 32, each thread a <see cref="RegisterBlock"/>, from operands that pass through
/// shared memory <see cref="Depth"/> steps of the chain at a time.
/// </summary>
/// <remarks>Operands are rows scattered over a matrix: a list in shared memory says where each begins, and -1 that it is absent and reads as zeros.</remarks>
public static class TileProduct
{
    /// <summary>Rows and columns of a tile.</summary>
    public const int Tile = 32;

    /// <summary>Steps of the chain in shared memory at a time.</summary>
    public const int Depth = 16;

    /// <summary>Threads of a group: 8 x 8 blocks of 4 x 4.</summary>
    public const int GroupSize = BlocksPerSide * BlocksPerSide;

    /// <summary>Elements between rows of a tile in shared memory: one more than the tile is wide, so that a column falls into different banks.</summary>
    public const int Stride = Tile + 1;

    /// <summary>Elements of one staged operand.</summary>
    public const int StageLength = Depth * Stride;

    private const int BlocksPerSide = Tile / Block;
    private const int Block = 4;

    /// <summary>First row of this thread's block.</summary>
    public static int BlockRow
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Group.IdxX / BlocksPerSide * Block;
    }

    /// <summary>First column of this thread's block.</summary>
    public static int BlockColumn
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Group.IdxX % BlocksPerSide * Block;
    }

    /// <summary><c>a bᵀ</c> of two lists of 32 rows, as this thread's block of it. Ends with a barrier.</summary>
    /// <param name="a">Matrix of the left rows.</param>
    /// <param name="rowsA">Where they are.</param>
    /// <param name="firstA">First of them.</param>
    /// <param name="b">Matrix of the right rows.</param>
    /// <param name="rowsB">Where they are.</param>
    /// <param name="firstB">First of them.</param>
    /// <param name="width">Length of the chains.</param>
    /// <param name="left">Shared memory, <see cref="StageLength"/>.</param>
    /// <param name="right">As left.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterBlock OfRows(
        MatrixView<float> a, ArrayView<RowStart> rowsA, int firstA, MatrixView<float> b, ArrayView<RowStart> rowsB, int firstB, int width, ArrayView<float> left, ArrayView<float> right)
    {
        RegisterBlock block = RegisterBlock.Zero;
        for (int k = 0; k < width; k += Depth)
        {
            StageTransposed(a, rowsA, firstA, k, width, left);
            StageTransposed(b, rowsB, firstB, k, width, right);
            Group.Barrier();
            block = block.AddProducts(left, 0, right, width - k < Depth ? width - k : Depth);
            Group.Barrier();
        }

        return block;
    }

    /// <summary><c>start + pᵀ b</c>: p in shared memory, the rows of b from a list; 32 columns of the result. Ends with a barrier.</summary>
    /// <param name="start">This thread's block before.</param>
    /// <param name="p">[steps, 32], rows <see cref="Stride"/> elements apart.</param>
    /// <param name="b">Matrix of the rows.</param>
    /// <param name="rows">Where they are.</param>
    /// <param name="steps">Rows of p, at most those listed.</param>
    /// <param name="column">First column.</param>
    /// <param name="width">Columns of b.</param>
    /// <param name="right">Shared memory, <see cref="StageLength"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterBlock AddWeighted(
        RegisterBlock start, ArrayView<float> p, MatrixView<float> b, ArrayView<RowStart> rows, int steps, int column, int width, ArrayView<float> right)
    {
        RegisterBlock block = start;
        for (int k = 0; k < steps; k += Depth)
        {
            int count = steps - k < Depth ? steps - k : Depth;
            Stage(b, rows, k, count, column, width, right);
            Group.Barrier();
            block = block.AddProducts(p, k, right, count);
            Group.Barrier();
        }

        return block;
    }

    /// <summary>This thread's block of rows in memory; zeros where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegisterBlock Load(MatrixView<float> from, ArrayView<RowStart> rows, int column, int width) =>
        new(LoadRow(from, rows[BlockRow], column, width), LoadRow(from, rows[BlockRow + 1], column, width), LoadRow(from, rows[BlockRow + 2], column, width), LoadRow(from, rows[BlockRow + 3], column, width));

    /// <summary>Writes this thread's block to rows in memory; elements of absent rows and beyond the width go nowhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(RegisterBlock block, MatrixView<float> to, ArrayView<RowStart> rows, int column, int width)
    {
        StoreRow(block.Row0, to, rows[BlockRow], column, width);
        StoreRow(block.Row1, to, rows[BlockRow + 1], column, width);
        StoreRow(block.Row2, to, rows[BlockRow + 2], column, width);
        StoreRow(block.Row3, to, rows[BlockRow + 3], column, width);
    }

    /// <summary>Columns <paramref name="k"/>.. of 32 rows, as [Depth, 32]; neighbours in memory go to neighbouring threads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StageTransposed(MatrixView<float> from, ArrayView<RowStart> rows, int first, int k, int width, ArrayView<float> stage)
    {
        for (int e = Group.IdxX; e < Depth * Tile; e += GroupSize)
        {
            (int i, int step) = (e / Depth, e % Depth);
            RowStart row = rows[first + i];
            stage[(step * Stride) + i] = row.Row >= 0 && k + step < width ? from[row.Row, row.Column + k + step] : 0f;
        }
    }

    /// <summary>32 columns of <paramref name="count"/> rows, as [Depth, 32].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Stage(MatrixView<float> from, ArrayView<RowStart> rows, int first, int count, int column, int width, ArrayView<float> stage)
    {
        for (int e = Group.IdxX; e < count * Tile; e += GroupSize)
        {
            (int step, int j) = (e / Tile, e % Tile);
            RowStart row = rows[first + step];
            stage[(step * Stride) + j] = row.Row >= 0 && column + j < width ? from[row.Row, row.Column + column + j] : 0f;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad LoadRow(MatrixView<float> from, RowStart row, int column, int width)
    {
        int j = column + BlockColumn;
        return new Quad(LoadElement(from, row, j, width), LoadElement(from, row, j + 1, width), LoadElement(from, row, j + 2, width), LoadElement(from, row, j + 3, width));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float LoadElement(MatrixView<float> from, RowStart row, int j, int width) => row.Row >= 0 && j < width ? from[row.Row, row.Column + j] : 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(Quad values, MatrixView<float> to, RowStart row, int column, int width)
    {
        int j = column + BlockColumn;
        StoreElement(values.V0, to, row, j, width);
        StoreElement(values.V1, to, row, j + 1, width);
        StoreElement(values.V2, to, row, j + 2, width);
        StoreElement(values.V3, to, row, j + 3, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreElement(float value, MatrixView<float> to, RowStart row, int j, int width)
    {
        if (row.Row >= 0 && j < width)
        {
            to[row.Row, row.Column + j] = value;
        }
    }
}
