using System.Runtime.CompilerServices;

namespace FastAlign.Kernels.Device;

/// <summary>From products to logits, <c>z = cap tanh(scale a / cap) / temperature</c>, and back.</summary>
/// <param name="Scale">Multiplies first.</param>
/// <param name="SoftCap">0 for none.</param>
/// <param name="Temperature">Divides last.</param>
public readonly record struct LogitTransform(float Scale, float SoftCap, float Temperature)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Logit(float product)
    {
        float z = product * Scale;
        return (SoftCap > 0f ? SoftCap * Tanh(z) : z) / Temperature;
    }

    /// <summary>Derivative of the logit by the product, <c>scale (1 - tanh^2) / temperature</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Slope(float product)
    {
        float tanh = SoftCap > 0f ? Tanh(product * Scale) : 0f;
        return Scale / Temperature * (1f - (tanh * tanh));
    }

    /// <summary>The same derivative from the logit: <c>tanh = z temperature / cap</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float SlopeAt(float logit)
    {
        float tanh = SoftCap > 0f ? logit * Temperature / SoftCap : 0f;
        return Scale / Temperature * (1f - (tanh * tanh));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Tanh(float z) => DeviceFloat.Tanh(new DeviceFloat(z / SoftCap)).Value;
}

/// <summary>
/// What the vocabulary tiles seen so far say about one row; sums are relative to the maximum, <c>d_v = z_v - max</c> (Milakov and Gimelshein, 2018, carried
/// over to the other sums).
/// </summary>
/// <param name="Max">Largest logit.</param>
/// <param name="ArgMax">Its first vocabulary index.</param>
/// <param name="Sum"><c>sum e^d</c></param>
/// <param name="WeightedSum"><c>sum d e^d</c></param>
/// <param name="SquareSum"><c>sum e^2d</c></param>
/// <param name="LogitSum"><c>sum z</c></param>
public readonly record struct HeadRow(float Max, int ArgMax, float Sum, float WeightedSum, float SquareSum, float LogitSum);

/// <summary>One tile of products, [rows, vocabulary entries], and what is kept of the rows between tiles.</summary>
/// <param name="Products"><c>x wᵀ + b</c>; overwritten.</param>
/// <param name="Rows">Rows of the tile.</param>
/// <param name="First">First vocabulary entry.</param>
/// <param name="Count">Vocabulary entries.</param>
/// <param name="Transform">To logits.</param>
/// <param name="Targets">[R] token scored by each row.</param>
public readonly record struct HeadTile(MatrixView<float> Products, int Rows, int First, int Count, LogitTransform Transform, VectorView<int> Targets);

/// <summary>Folds a tile into the states of its rows.</summary>
/// <param name="Tile">The tile.</param>
/// <param name="States">[R], updated; assigned by the first tile.</param>
/// <param name="TargetLogits">[R], assigned by the tile that holds the target.</param>
/// <param name="Slopes">[R, C] <c>sum e^(z - max) s w</c> of earlier tiles, brought to the new maximum; or none. Where given, the tile becomes <c>e^(z - max) s</c>.</param>
/// <param name="Width">C.</param>
public readonly record struct HeadFoldArguments(HeadTile Tile, VectorView<HeadRow> States, VectorView<float> TargetLogits, MatrixView<float> Slopes, int Width);

/// <summary>From states to results; all but the first two outputs may be absent.</summary>
/// <param name="Extent">One row of R.</param>
/// <param name="States">[R] after the last tile.</param>
/// <param name="TargetLogits">[R].</param>
/// <param name="Vocabulary">V.</param>
/// <param name="LogProb">[R].</param>
/// <param name="LogZ">[R].</param>
/// <param name="Entropy">[R] or none.</param>
/// <param name="LogSumSquares">[R] or none.</param>
/// <param name="MeanLogit">[R] or none.</param>
/// <param name="ArgMax">[R] or none.</param>
public readonly record struct HeadFinishArguments(
    MapExtent Extent,
    VectorView<HeadRow> States,
    VectorView<float> TargetLogits,
    int Vocabulary,
    VectorView<float> LogProb,
    VectorView<float> LogZ,
    VectorView<float> Entropy,
    VectorView<float> LogSumSquares,
    VectorView<float> MeanLogit,
    VectorView<int> ArgMax);

/// <summary>From sums over the vocabulary to slopes of log-probs.</summary>
/// <param name="Extent">Of [R, C].</param>
/// <param name="States">[R] after the last tile.</param>
/// <param name="TargetLogits">[R].</param>
/// <param name="Targets">[R] token scored by each row.</param>
/// <param name="Transform">To logits.</param>
/// <param name="W">[V, C].</param>
/// <param name="Slopes">[R, C] <c>sum e^(z - max) s w</c>; becomes <c>s_y w_y</c> minus that over <c>sum e^(z - max)</c>.</param>
public readonly record struct HeadSlopeArguments(
    MapExtent Extent,
    VectorView<HeadRow> States,
    VectorView<float> TargetLogits,
    VectorView<int> Targets,
    LogitTransform Transform,
    StoredMatrix W,
    MatrixView<float> Slopes);

/// <summary><c>dx = dLogProb slope</c></summary>
/// <param name="Extent">Of [R, C].</param>
/// <param name="Slopes">[R, C] from forward.</param>
/// <param name="DLogProb">[R].</param>
/// <param name="Dx">[R, C], assigned.</param>
public readonly record struct HeadSlopeGradientArguments(MapExtent Extent, MatrixView<float> Slopes, VectorView<float> DLogProb, MatrixView<float> Dx);

/// <summary>Turns a tile of products into the loss's derivatives by them.</summary>
/// <param name="Extent">Of the tile.</param>
/// <param name="Tile">The tile.</param>
/// <param name="LogZ">[R] from forward.</param>
/// <param name="Entropy">[R] from forward, or none.</param>
/// <param name="DLogProb">[R].</param>
/// <param name="DEntropy">[R], or none.</param>
public readonly record struct HeadGradientArguments(
    MapExtent Extent, HeadTile Tile, VectorView<float> LogZ, VectorView<float> Entropy, VectorView<float> DLogProb, VectorView<float> DEntropy);

/// <summary><c>dbias += sum over rows of dz</c></summary>
/// <param name="Extent">One row of the tile.</param>
/// <param name="Dz">[rows, entries].</param>
/// <param name="Rows">Rows of the tile.</param>
/// <param name="DBias">[entries], <c>+=</c>.</param>
public readonly record struct HeadBiasGradientArguments(MapExtent Extent, MatrixView<float> Dz, int Rows, VectorView<float> DBias);
