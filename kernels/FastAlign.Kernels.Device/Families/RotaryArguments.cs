namespace FastAlign.Kernels.Device;

/// <summary>Rotation of the first 2 <paramref name="Pairs"/> dimensions of each head, in place.</summary>
/// <param name="Extent">N rows of H times <paramref name="Pairs"/>.</param>
/// <param name="X">[N, H D].</param>
/// <param name="Positions">[N].</param>
/// <param name="Table">[P, 2 Pairs]: cosines, then sines.</param>
/// <param name="P">Rows of the table.</param>
/// <param name="HeadWidth">D.</param>
/// <param name="Pairs">Pairs of dimensions that turn together.</param>
/// <param name="IsInterleaved">1 for pairs (2j, 2j + 1), 0 for (j, j + Pairs).</param>
/// <param name="Sign">1 forward, -1 for the inverse.</param>
public readonly record struct RotaryArguments(
    MapExtent Extent, MatrixView<float> X, VectorView<int> Positions, MatrixView<float> Table, int P, int HeadWidth, int Pairs, int IsInterleaved, float Sign);
