using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace FastAlign.Cpu.Gemm;

/// <summary>One piece of a product: a strip of column panels against a group of row tiles. See <see cref="GemmEngine"/>.</summary>
internal unsafe struct MultiplyStrip<TTile> : IParallelAction
    where TTile : struct, IGemmTile
{
    public Operand Left;
    public Operand Right;
    public Epilogue Epilogue;
    public ChainStart Start;
    public int Row;
    public int Rows;
    public int Columns;
    public int Depth;
    public int TilesPerGroup;

    /// <summary>Columns of a piece: whole panels, but for the last.</summary>
    public int StripColumns;

    /// <summary>All rows of the pass, tile after tile, each [Depth, tile rows]; null when the depth is beyond what the buffer holds.</summary>
    public float* PackedLeft;
    public float* Scratch;
    public float* C;
    public long Stride;

    public readonly void Run(int index, int thread)
    {
        int strips = (Columns + StripColumns - 1) / StripColumns;
        int column = index % strips * StripColumns;
        int columns = Math.Min(StripColumns, Columns - column);
        int firstTile = index / strips * TilesPerGroup;
        int endTile = Math.Min(firstTile + TilesPerGroup, (Rows + TTile.Rows - 1) / TTile.Rows);
        float* panels = Scratch + ((long)thread * GemmEngine.StripScratch.Floats);
        float* leftPanel = panels + GemmEngine.StripScratch.Panels;
        float* sums = leftPanel + GemmEngine.StripScratch.Left;

        for (int k = 0; k == 0 || k < Depth; k += GemmEngine.DepthSpan)
        {
            int depth = Math.Min(GemmEngine.DepthSpan, Depth - k);
            Packing.PackPanels(Right, column, columns, k, depth, TTile.Columns, panels);
            for (int tile = firstTile; tile < endTile; tile++)
            {
                int first = tile * TTile.Rows;
                int rows = Math.Min(TTile.Rows, Rows - first);
                float* a = PackedLeft + ((long)first * Depth) + (k * TTile.Rows);
                if (PackedLeft == null)
                {
                    Packing.Pack(Left, Row + first, rows, k, depth, TTile.Rows, leftPanel);
                    a = leftPanel;
                }

                float* tileSums = sums + ((long)(tile - firstTile) * TTile.Rows * GemmEngine.StripScratch.Columns);
                for (int j = 0; j < columns; j += TTile.Columns)
                {
                    MultiplyTile(a, panels + (j * depth), k, depth, Row + first, rows, column + j, Math.Min(TTile.Columns, columns - j), tileSums + (j * TTile.Rows));
                }
            }
        }
    }

    /// <summary>One tile of one panel over one span.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void MultiplyTile(float* a, float* panel, int k, int depth, int row, int rows, int column, int columns, float* tileSums)
    {
        float* output = C + (row * Stride) + column;
        bool isFirst = k == 0 && Start == ChainStart.Zero;
        if (HoldsSums(rows, columns))
        {
            if (!isFirst)
            {
                PrefetchRows(output + TTile.Columns);
            }

            TTile.Accumulate(a, panel, depth, rows, isFirst, output, Stride);
            return;
        }

        if (k == 0 && Start == ChainStart.Output)
        {
            CopyIn(output, rows, columns, tileSums);
        }

        TTile.Accumulate(a, panel, depth, rows, isFirst, tileSums, TTile.Columns);
        if (k + GemmEngine.DepthSpan >= Depth)
        {
            for (int i = 0; i < rows; i++)
            {
                Epilogue.Write(tileSums + (i * TTile.Columns), columns, row + i, column, output + (i * Stride));
            }
        }
    }

    /// <summary>
    /// Asks for the sums of the next tile while this one is computed: a chain that goes on from the output waits for it, and rows of large outputs lie
    /// too far apart for the processor to foresee.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void PrefetchRows(float* output)
    {
        if (Sse.IsSupported)
        {
            for (int i = 0; i < TTile.Rows; i++)
            {
                for (int j = 0; j < TTile.Columns; j += 16)
                {
                    Sse.Prefetch0(output + (i * Stride) + j);
                }
            }
        }
    }

    /// <summary>Whole tiles without epilogue keep their partial sums where the result goes.</summary>
    private readonly bool HoldsSums(int rows, int columns) => Epilogue.IsEmpty && rows == TTile.Rows && columns == TTile.Columns;

    private readonly void CopyIn(float* output, int rows, int columns, float* tileSums)
    {
        for (int i = 0; i < rows; i++)
        {
            new ReadOnlySpan<float>(output + (i * Stride), columns).CopyTo(new Span<float>(tileSums + (i * TTile.Columns), columns));
        }
    }
}
