namespace FastAlign.Kernels.Device;

/// <summary>One step of AdamW over flat tensors.</summary>
public readonly record struct AdamWArguments(
    MapExtent Extent, AdamWUpdate<DeviceFloat> Update, MatrixView<float> Parameters, MatrixView<float> Gradients, MatrixView<float> FirstMoment, MatrixView<float> SecondMoment);

/// <summary>Partial sums of squares: group g sums elements [g Chunk, (g + 1) Chunk).</summary>
/// <param name="X">[Length].</param>
/// <param name="Length">Elements.</param>
/// <param name="Chunk">Elements of a group.</param>
/// <param name="Groups">Groups.</param>
/// <param name="Sums">[Groups, 3]: see <see cref="TripleFloat"/>.</param>
public readonly record struct SumOfSquaresArguments(VectorView<float> X, long Length, long Chunk, int Groups, MatrixView<float> Sums);
