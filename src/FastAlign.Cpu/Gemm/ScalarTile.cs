namespace FastAlign.Cpu.Gemm;

/// <summary>4 rows of 8 columns in plain loops, for processors without fused multiply-add: same order of additions, product and sum rounded apart.</summary>
internal readonly unsafe struct ScalarTile : IGemmTile
{
    private const int TileRows = 4;
    private const int TileColumns = 8;

    public static int Rows => TileRows;

    public static int Columns => TileColumns;

    public static void Accumulate(float* a, float* b, int depth, int rows, bool isFirst, float* c, long stride)
    {
        for (int i = 0; i < rows; i++)
        {
            float* row = c + (i * stride);
            if (isFirst)
            {
                new Span<float>(row, TileColumns).Clear();
            }

            for (int k = 0; k < depth; k++)
            {
                float left = a[(k * TileRows) + i];
                for (int j = 0; j < TileColumns; j++)
                {
                    row[j] += left * b[(k * TileColumns) + j];
                }
            }
        }
    }
}
