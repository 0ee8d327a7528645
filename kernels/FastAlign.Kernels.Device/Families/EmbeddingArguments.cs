namespace FastAlign.Kernels.Device;

/// <summary><c>y[i] (=|+=) x[rows[i]]</c></summary>
/// <param name="Extent">Of y.</param>
/// <param name="X">[M, C].</param>
/// <param name="Rows">[N].</param>
/// <param name="Y">[N, C].</param>
/// <param name="M">Rows of x.</param>
/// <param name="IsAdded">1 to add, 0 to assign.</param>
public readonly record struct GatherRowsArguments(MapExtent Extent, StoredMatrix X, VectorView<int> Rows, MatrixView<float> Y, int M, int IsAdded);

/// <summary><c>y[rows[i]] = x[i]</c> of distinct rows.</summary>
/// <param name="Extent">Of x.</param>
/// <param name="X">[N, C].</param>
/// <param name="Rows">[N].</param>
/// <param name="Y">[M, C].</param>
/// <param name="M">Rows of y.</param>
public readonly record struct PlaceRowsArguments(MapExtent Extent, MatrixView<float> X, VectorView<int> Rows, MatrixView<float> Y, int M);

/// <summary><c>y[rows[i]] += x[i]</c> in ascending i.</summary>
/// <param name="X">[N, C].</param>
/// <param name="Rows">[N].</param>
/// <param name="Y">[M, C].</param>
/// <param name="N">Rows of x.</param>
/// <param name="M">Rows of y.</param>
/// <param name="C">Width.</param>
public readonly record struct ScatterRowsArguments(MatrixView<float> X, VectorView<int> Rows, MatrixView<float> Y, int N, int M, int C);
