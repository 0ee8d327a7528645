namespace FastAlign.Cpu;

/// <summary>
/// Scratch of attention: per thread eight panels of 64 rows by the head width, two 64 x 64 score tiles and a few rows of 64 numbers.
/// <see cref="FloatsPerThread"/> bounds it for every sequence length, batch and number of heads.
/// </summary>
internal readonly unsafe struct AttentionScratch(Workspace workspace, int threads)
{
    /// <summary>Rows of a panel: the keys of a block, and the queries of a tile.</summary>
    public const int Block = 64;

    /// <summary>Largest head width.</summary>
    public const int MaxHeadWidth = 256;

    /// <summary>8 panels of 64 x 256, 2 tiles of 64 x 64, 4 rows of 64: 545 KiB.</summary>
    public const int FloatsPerThread = ((Panels * MaxHeadWidth) + (ScoreTiles * Block) + LaneRows) * Block;

    private const int Panels = 8;
    private const int ScoreTiles = 2;
    private const int LaneRows = 4;

    private readonly float* _start = workspace.Take<float>((long)threads * FloatsPerThread);

    /// <summary>The panels of one thread, packed closely for heads of width <paramref name="width"/>, a multiple of 16.</summary>
    public Panel Of(int thread, int width) => new(_start + ((long)thread * FloatsPerThread), width);

    /// <summary>The scratch of one thread.</summary>
    /// <param name="start">First element, 64-byte aligned.</param>
    /// <param name="width">Columns of a panel.</param>
    public readonly struct Panel(float* start, int width)
    {
        private readonly float* _start = start;
        private readonly int _width = width;

        /// <summary>Panel 0 to 7 as [64, width].</summary>
        public Matrix Rows(int index) => new(_start + Offset(index), _width);

        /// <summary>Panel 0 to 7 as [width, 64].</summary>
        public Matrix Columns(int index) => new(_start + Offset(index), Block);

        /// <summary>Tile 0 or 1, [64, 64].</summary>
        public Matrix Scores(int index) => new(_start + Offset(Panels) + (index * Block * Block), Block);

        /// <summary>Row 0 to 3 of 64 numbers, one for each query of a tile.</summary>
        public float* Lanes(int index) => _start + Offset(Panels) + (ScoreTiles * Block * Block) + (index * Block);

        private int Offset(int panel) => panel * Block * _width;
    }
}
