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
            for (int v = 0; v < vocabulary; v += LogProbHead.TileColumns)
            {
                HeadTile tile = MultiplyLogits(inputs, spec, row, rows, v);
                _launcher.Launch(LogProbHeadKernels.Fold, new HeadFoldArguments(tile, states, targetLogits));
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
        for (int row = 0; row < n; row += LogProbHead.TileRows)
        {
            int rows = Math.Min(LogProbHead.TileRows, n - row);
            Tensor entropy = gradients.Entropy.IsNone ? Tensor.None : outputs.Entropy;
            for (int v = 0; v < vocabulary; v += LogProbHead.TileColumns)
            {
                HeadTile tile = MultiplyLogits(inputs, spec, row, rows, v);
                _launcher.Launch(
                    LogProbHeadKernels.Gradient,
                    new HeadGradientArguments(
                        new MapExtent(rows, tile.Count),
                        tile,
                        Vector(Part(outputs.LogZ, row, rows)),
                        Vector(Part(entropy, row, rows)),
                        Vector(Part(gradients.LogProb, row, rows)),
                        Vector(Part(gradients.Entropy, row, rows))));
                PropagateLogits(inputs, gradients, tile, row);
            }
        }
    }

    private static Tensor Part(Tensor perRow, int row, int rows) => perRow.IsNone ? perRow : perRow.Slice(row, new Shape(rows));

    /// <summary>Tile of <c>x wᵀ + bias</c>; the same chain per element as <see cref="LinearForward"/>.</summary>
    private HeadTile MultiplyLogits(in HeadInputs inputs, HeadSpec spec, int row, int rows, int v)
    {
        int count = Math.Min(LogProbHead.TileColumns, inputs.W.Rows - v);
        MatrixView<float> logits = new(_logits, 0, LogProbHead.TileColumns);
        MatrixView<float> x = Matrix(inputs.X.RowRange(row, rows));
        MatrixView<float> w = Matrix(inputs.W.RowRange(v, count));
        _launcher.Launch(
            _gemmForward,
            new GemmArguments(x, w, logits, Vector(Part(inputs.Bias, v, count)), Matrix(Tensor.None), Vector(Tensor.None), rows, count, inputs.W.Shape[1]));
        LogitTransform transform = new((float)spec.LogitScale, (float)spec.SoftCap, (float)spec.Temperature);
        return new HeadTile(logits, rows, v, count, transform, Vector<int>(Part(inputs.Targets, row, rows)));
    }

    /// <summary>From the tile's derivatives to those of hidden states (chains over each tile, then tile by tile), weights and bias (chains over rows).</summary>
    private void PropagateLogits(in HeadInputs inputs, in HeadGradients gradients, in HeadTile tile, int row)
    {
        int c = inputs.W.Shape[1];
        MatrixView<float> dz = tile.Products;
        MatrixView<float> dx = Matrix(gradients.X.RowRange(row, tile.Rows));
        MatrixView<float> none = Matrix(Tensor.None);
        MatrixView<float> w = Matrix(inputs.W.RowRange(tile.First, tile.Count));
        _launcher.Launch(
            _gemmInputGradient,
            new GemmArguments(dz, w, dx, Vector(Tensor.None), tile.First == 0 ? none : dx, Vector(Tensor.None), tile.Rows, c, tile.Count));
        if (!gradients.W.IsNone)
        {
            MatrixView<float> x = Matrix(inputs.X.RowRange(row, tile.Rows));
            MatrixView<float> dw = Matrix(gradients.W.RowRange(tile.First, tile.Count));
            _launcher.Launch(
                _gemmWeightGradient, new GemmArguments(dz, x, dw, Vector(Tensor.None), none, Vector(Tensor.None), tile.Count, c, tile.Rows));
        }

        if (!gradients.Bias.IsNone)
        {
            VectorView<float> dBias = Vector(Part(gradients.Bias, tile.First, tile.Count));
            _launcher.Launch(LogProbHeadKernels.BiasGradient, new HeadBiasGradientArguments(new MapExtent(1, tile.Count), dz, tile.Rows, dBias));
        }
    }
}
