using FastAlign.Core;
using FastAlign.Kernels.Device;
using ILGPU;

namespace FastAlign.Gpu;

/// <summary>
/// The log-prob head as products of tiles, <see cref="LogProbHead.TileRows"/> x <see cref="LogProbHead.TileColumns"/> at a time, folded or turned into derivatives
/// before the next tile overwrites them. Every GEMM variant serves it; sums over rows continue from tile to tile, so that a batch may be cut anywhere.
/// </summary>
internal sealed partial class DeviceOps
{
    private readonly ArrayView<float> _logits;
    private readonly ArrayView<HeadRow> _headRows;
    private readonly ArrayView<float> _targetLogits;

    public void LogProbHeadForward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs)
    {
        (int n, int vocabulary) = (inputs.X.Rows, inputs.W.Rows);
        VectorView<HeadRow> states = new(_headRows, 0);
        VectorView<float> targetLogits = new(_targetLogits, 0);
        for (int row = 0; row < n; row += LogProbHead.TileRows)
        {
            int rows = Math.Min(LogProbHead.TileRows, n - row);
            MatrixView<float> slopes = Matrix(outputs.Slope.IsNone ? Tensor.None : outputs.Slope.RowRange(row, rows));
            for (int v = 0; v < vocabulary; v += LogProbHead.TileColumns)
            {
                HeadTile tile = Tile(inputs, spec, row, rows, v);
                _launcher.Launch(LogProbHeadKernels.Fold, new HeadFoldArguments(tile, states, targetLogits, slopes, inputs.W.Shape[1]));
                if (!slopes.IsNone)
                {
                    MultiplyByWeights(inputs.W, isAssigned: v == 0, tile.Products, slopes, rows, v);
                }
            }

            if (!slopes.IsNone)
            {
                _launcher.Launch(
                    LogProbHeadKernels.Slope,
                    new HeadSlopeArguments(
                        new MapExtent(rows, inputs.W.Shape[1]), states, targetLogits, Vector<int>(Part(inputs.Targets, row, rows)), Transform(spec), Stored(inputs.W), slopes));
            }

            _launcher.Launch(
                LogProbHeadKernels.Finish,
                new HeadFinishArguments(
                    new MapExtent(1, rows),
                    states,
                    targetLogits,
                    vocabulary,
                    Vector(Part(outputs.LogProb, row, rows)),
                    Vector(Part(outputs.LogZ, row, rows)),
                    Vector(Part(outputs.Entropy, row, rows)),
                    Vector(Part(outputs.LogSumSquares, row, rows)),
                    Vector(Part(outputs.MeanLogit, row, rows)),
                    outputs.ArgMax.IsNone ? new VectorView<int>(_nothing.Cast<int>(), -1) : Vector<int>(Part(outputs.ArgMax, row, rows))));
        }
    }

    public void LogProbHeadBackward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs, in HeadGradients gradients)
    {
        (int n, int vocabulary) = (inputs.X.Rows, inputs.W.Rows);
        if (!outputs.Slope.IsNone)
        {
            _launcher.Launch(
                LogProbHeadKernels.SlopeGradient,
                new HeadSlopeGradientArguments(new MapExtent(n, inputs.W.Shape[1]), Matrix(outputs.Slope), Vector(gradients.LogProb), Matrix(gradients.X)));
            return;
        }

        for (int row = 0; row < n; row += LogProbHead.TileRows)
        {
            int rows = Math.Min(LogProbHead.TileRows, n - row);
            Tensor entropy = gradients.Entropy.IsNone ? Tensor.None : outputs.Entropy;
            for (int v = 0; v < vocabulary; v += LogProbHead.TileColumns)
            {
                HeadTile tile = Tile(inputs, spec, row, rows, v);
                _launcher.Launch(
                    LogProbHeadKernels.Gradient,
                    new HeadGradientArguments(
                        new MapExtent(rows, tile.Count),
                        tile,
                        Vector(Part(outputs.LogZ, row, rows)),
                        Vector(Part(entropy, row, rows)),
                        Vector(Part(gradients.LogProb, row, rows)),
                        Vector(Part(gradients.Entropy, row, rows))));
                PropagateLogits(inputs.X, inputs.W, new VocabularyGradients(Write.Assign, gradients.X, gradients.W, gradients.Bias), tile.Products, row, rows, v);
            }
        }
    }

    private static Tensor Part(Tensor perRow, int row, int rows) => perRow.IsNone ? perRow : perRow.Slice(row, new Shape(rows));

    private static LogitTransform Transform(HeadSpec spec) => new((float)spec.LogitScale, (float)spec.SoftCap, (float)spec.Temperature);

    /// <summary>Vocabulary entries of the tile that starts at <paramref name="v"/>.</summary>
    private static int Columns(Tensor w, int v) => Math.Min(LogProbHead.TileColumns, w.Rows - v);

    /// <summary>Rows of the tile in scratch, from <paramref name="firstRow"/> on.</summary>
    private MatrixView<float> Logits(int firstRow = 0) => new(_logits, (long)firstRow * LogProbHead.TileColumns, LogProbHead.TileColumns);

    private HeadTile Tile(in HeadInputs inputs, HeadSpec spec, int row, int rows, int v)
    {
        MultiplyLogits(inputs.X, inputs.W, inputs.Bias, row, rows, v, Logits());
        return new HeadTile(Logits(), rows, v, Columns(inputs.W, v), Transform(spec), Vector<int>(Part(inputs.Targets, row, rows)));
    }

    /// <summary>Tile of <c>x wᵀ + bias</c>; the same chain per element as <see cref="LinearForward"/>.</summary>
    private void MultiplyLogits(Tensor x, Tensor w, Tensor bias, int row, int rows, int v, MatrixView<float> logits)
    {
        int count = Columns(w, v);
        _launcher.Launch(
            _gemmForward,
            new GemmArguments(
                Matrix(x.RowRange(row, rows)), Stored(w.RowRange(v, count)), logits, Vector(Part(bias, v, count)), Matrix(Tensor.None), Vector(Tensor.None), rows, count, w.Shape[1]));
    }

    /// <summary>Product of the tile with the vocabulary entries it is about, assigned or added to <paramref name="y"/>.</summary>
    private void MultiplyByWeights(Tensor w, bool isAssigned, MatrixView<float> tile, MatrixView<float> y, int rows, int v)
    {
        int count = Columns(w, v);
        _launcher.Launch(
            _gemmInputGradient,
            new GemmArguments(
                tile, Stored(w.RowRange(v, count)), y, Vector(Tensor.None), isAssigned ? Matrix(Tensor.None) : y, Vector(Tensor.None), rows, w.Shape[1], count));
    }

    /// <summary>From the tile's derivatives to those of hidden states (chains over each tile, then tile by tile), weights and bias (chains over rows).</summary>
    private void PropagateLogits(Tensor x, Tensor w, in VocabularyGradients gradients, MatrixView<float> dz, int row, int rows, int v)
    {
        (int count, int c) = (Columns(w, v), w.Shape[1]);
        MatrixView<float> none = Matrix(Tensor.None);
        MultiplyByWeights(w, v == 0 && gradients.Write == Write.Assign, dz, Matrix(gradients.X.RowRange(row, rows)), rows, v);
        if (!gradients.W.IsNone)
        {
            MatrixView<float> dw = Matrix(gradients.W.RowRange(v, count));
            _launcher.Launch(
                _gemmWeightGradient, new GemmArguments(dz, Stored(x.RowRange(row, rows)), dw, Vector(Tensor.None), none, Vector(Tensor.None), count, c, rows));
        }

        if (!gradients.Bias.IsNone)
        {
            VectorView<float> dBias = Vector(Part(gradients.Bias, v, count));
            _launcher.Launch(LogProbHeadKernels.BiasGradient, new HeadBiasGradientArguments(new MapExtent(1, count), dz, rows, dBias));
        }
    }
}
