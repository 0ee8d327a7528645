namespace FastAlign.Cpu.Gemm;

/// <summary>
/// The register tile of one instruction set: the only code that multiplies. All tiles compute each element as one chain of additions in ascending
/// depth, so a tile's shape changes the speed of a product and not its bits.
/// </summary>
internal unsafe interface IGemmTile
{
    /// <summary>Rows of the tile; the packed left panel holds this many values per step.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of the tile; the packed right panel holds this many values per step.</summary>
    static abstract int Columns { get; }

    /// <summary><c>c[i, j] = start + sum_k a[k, i] b[k, j]</c>, k ascending.</summary>
    /// <param name="a">Packed left panel, [depth, Rows].</param>
    /// <param name="b">Packed right panel, [depth, Columns].</param>
    /// <param name="depth">Steps.</param>
    /// <param name="rows">Rows that matter, 1 to Rows; rows beyond them may be written and are never read.</param>
    /// <param name="isFirst">Start from zero; otherwise from <paramref name="c"/>.</param>
    /// <param name="c">Output tile; all Columns of each row are written.</param>
    /// <param name="stride">Elements between rows of <paramref name="c"/>.</param>
    static abstract void Accumulate(float* a, float* b, int depth, int rows, bool isFirst, float* c, long stride);
}
