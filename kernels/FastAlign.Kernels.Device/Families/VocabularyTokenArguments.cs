namespace FastAlign.Kernels.Device;

/// <summary>Merges a tile into the largest products that were seen of each row.</summary>
/// <param name="Products"><c>x wᵀ + b</c>, [rows, vocabulary entries].</param>
/// <param name="Rows">Rows of the tile.</param>
/// <param name="First">First vocabulary entry.</param>
/// <param name="Count">Vocabulary entries.</param>
/// <param name="K">Entries kept per row, at least 1.</param>
/// <param name="Logits">[R, K] in descending order, updated; assigned by the first tile.</param>
/// <param name="Ids">[R, K] their indices.</param>
public readonly record struct TopTokenArguments(MatrixView<float> Products, int Rows, int First, int Count, int K, MatrixView<float> Logits, MatrixView<int> Ids);

/// <summary>Log-probs of K tokens per row.</summary>
/// <param name="Extent">One row of R K.</param>
/// <param name="X">[R, C] hidden states.</param>
/// <param name="W">[V, C] output embedding.</param>
/// <param name="Bias">[V] or none.</param>
/// <param name="C">Width.</param>
/// <param name="Transform">From products to logits.</param>
/// <param name="LogZ">[R] log-normalisers.</param>
/// <param name="K">Tokens per row.</param>
/// <param name="Ids">[R, K].</param>
/// <param name="LogProb">[R, K], assigned.</param>
public readonly record struct SelectedArguments(
    MapExtent Extent,
    MatrixView<float> X,
    StoredMatrix W,
    VectorView<float> Bias,
    int C,
    LogitTransform Transform,
    VectorView<float> LogZ,
    int K,
    MatrixView<int> Ids,
    MatrixView<float> LogProb);

/// <summary>Turns a tile of products into the loss's derivatives by them.</summary>
/// <param name="Extent">Of the tile.</param>
/// <param name="Tile">Products, overwritten.</param>
/// <param name="First">First vocabulary entry.</param>
/// <param name="K">Tokens per row.</param>
/// <param name="Ids">[R, K].</param>
/// <param name="DLogProb">[R, K].</param>
public readonly record struct SelectedGradientArguments(MapExtent Extent, VocabularyTile Tile, int First, int K, MatrixView<int> Ids, MatrixView<float> DLogProb);
