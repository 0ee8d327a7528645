namespace FastAlign.Kernels.Device;

/// <summary>One model's products of a tile, and how they become log-probs.</summary>
/// <param name="Products"><c>x wᵀ + b</c>, [rows, vocabulary entries].</param>
/// <param name="Transform">To logits.</param>
/// <param name="LogZ">[R] log-normalisers.</param>
public readonly record struct VocabularyTile(MatrixView<float> Products, LogitTransform Transform, VectorView<float> LogZ);

/// <summary>Adds a tile to the divergences of its rows.</summary>
/// <param name="Formula">The divergence with its options.</param>
/// <param name="Student">Products under the student.</param>
/// <param name="Teacher">Products of the same rows and entries under the teacher.</param>
/// <param name="Rows">Rows of the tile.</param>
/// <param name="First">First vocabulary entry.</param>
/// <param name="Count">Vocabulary entries.</param>
/// <param name="Value">[R] <c>sum_v D_v</c>, assigned by the first tile.</param>
/// <param name="SlopeSum">[R] <c>sum_v g_v</c>, assigned by the first tile.</param>
public readonly record struct DivergenceFoldArguments<TFormula>(
    TFormula Formula, VocabularyTile Student, VocabularyTile Teacher, int Rows, int First, int Count, VectorView<float> Value, VectorView<float> SlopeSum)
    where TFormula : struct, IDivergenceFormula<DeviceFloat>;

/// <summary>Turns the student's products into the loss's derivatives by them.</summary>
/// <param name="Extent">Of the tile.</param>
/// <param name="Formula">The divergence with its options.</param>
/// <param name="Student">Products under the student, overwritten.</param>
/// <param name="Teacher">Products of the same rows and entries under the teacher.</param>
/// <param name="SlopeSum">[R] from forward.</param>
/// <param name="DValue">[R].</param>
public readonly record struct DivergenceGradientArguments<TFormula>(
    MapExtent Extent, TFormula Formula, VocabularyTile Student, VocabularyTile Teacher, VectorView<float> SlopeSum, VectorView<float> DValue)
    where TFormula : struct, IDivergenceFormula<DeviceFloat>;
