namespace FastAlign.Cpu.Head;

/// <summary>
/// All memory that the log-prob head uses: one tile of logits and one state per row of the tile, whatever the vocabulary and the number of rows.
/// </summary>
internal sealed unsafe class HeadScratch(Workspace workspace)
{
    /// <summary>Rows per pass over the vocabulary: enough that reading the weights hides behind the arithmetic.</summary>
    public const int TileRows = 512;

    /// <summary>
    /// Vocabulary entries per tile. Sums are rescaled at tile borders and the gradient of the hidden state is stored there, so this number is part of
    /// the order of operations.
    /// </summary>
    public const int TileColumns = 1024;

    /// <summary>One cache line more than the tile is wide: at a power of two the columns of a tile would all fall into a few cache sets.</summary>
    public const int Stride = TileColumns + 16;

    /// <summary>[TileRows, Stride].</summary>
    public readonly float* Logits = workspace.Take<float>(TileRows * Stride);

    /// <summary>[DivergenceTile.MaxRows].</summary>
    public readonly DivergenceSums* Divergences = workspace.Take<DivergenceSums>(DivergenceTile.MaxRows);

    /// <summary>[TileRows].</summary>
    public readonly HeadRowState* Rows = workspace.Take<HeadRowState>(TileRows);
}
