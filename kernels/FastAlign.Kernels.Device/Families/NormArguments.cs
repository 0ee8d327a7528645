namespace FastAlign.Kernels.Device;

/// <summary>The vectors that a norm runs over: the last dimension of [N, C], or of [N, H, D].</summary>
/// <param name="Vectors">N, or N H.</param>
/// <param name="PerRow">Vectors in one row of memory: 1, or H.</param>
/// <param name="Width">C, or D.</param>
public readonly record struct NormExtent(int Vectors, int PerRow, int Width);

/// <summary>RMS norm forward; with means and a bias, layer norm.</summary>
/// <param name="Extent">Of x.</param>
/// <param name="X">Input.</param>
/// <param name="W">[Width] weight.</param>
/// <param name="B">[Width] bias, or none.</param>
/// <param name="Epsilon">Added to the mean square or variance.</param>
/// <param name="Offset">Added to the weight.</param>
/// <param name="Y">Output; may be x.</param>
/// <param name="Mean">[Vectors], or none for RMS norm.</param>
/// <param name="Rstd">[Vectors].</param>
public readonly record struct NormForwardArguments(
    NormExtent Extent, MatrixView<float> X, VectorView<float> W, VectorView<float> B, float Epsilon, float Offset, MatrixView<float> Y, VectorView<float> Mean, VectorView<float> Rstd);

/// <summary>RMS norm or layer norm backward, by columns, by vectors, or both at once where dx lies apart from dy.</summary>
/// <param name="Extent">Of x.</param>
/// <param name="ColumnGroups">Groups that sum down columns; 0 for none.</param>
/// <param name="VectorGroups">Groups that write dx: all vectors, or 0.</param>
/// <param name="X">Forward input.</param>
/// <param name="W">[Width] weight.</param>
/// <param name="Mean">[Vectors], or none for RMS norm.</param>
/// <param name="Rstd">[Vectors].</param>
/// <param name="Dy">Upstream gradient.</param>
/// <param name="Offset">Added to the weight.</param>
/// <param name="IsAdded">1 to add to dx, 0 to assign.</param>
/// <param name="Dx">Gradient by x; may be dy when assigned.</param>
/// <param name="Dw">[Width] <c>+=</c>, or none.</param>
/// <param name="Db">[Width] <c>+=</c>, or none.</param>
public readonly record struct NormBackwardArguments(
    NormExtent Extent, int ColumnGroups, int VectorGroups, MatrixView<float> X, VectorView<float> W, VectorView<float> Mean, VectorView<float> Rstd, MatrixView<float> Dy, float Offset, int IsAdded, MatrixView<float> Dx, VectorView<float> Dw, VectorView<float> Db);
