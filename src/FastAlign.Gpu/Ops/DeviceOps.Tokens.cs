using FastAlign.Core;
using FastAlign.Kernels.Device;

namespace FastAlign.Gpu;

/// <summary>A few tokens of each row: which are the most probable, what their log-probs are, and the gradient of those.</summary>
internal sealed partial class DeviceOps
{
    public void TopTokens(in VocabularyRows rows, Tensor logits, Tensor ids)
    {
        (int n, int vocabulary, int k) = (rows.X.Rows, rows.W.Rows, ids.Shape[1]);
        if (k == 0)
        {
            return;
        }

        for (int row = 0; row < n; row += LogProbHead.TileRows)
        {
            int count = Math.Min(LogProbHead.TileRows, n - row);
            for (int v = 0; v < vocabulary; v += LogProbHead.TileColumns)
            {
                MultiplyLogits(rows.X, rows.W, rows.Bias, row, count, v, Logits());
                _launcher.Launch(
                    VocabularyTokenKernels.Top,
                    new TopTokenArguments(Logits(), count, v, Columns(rows.W, v), k, Matrix(logits.RowRange(row, count)), Matrix<int>(ids.RowRange(row, count))));
            }
        }
    }

    public void SelectedLogProbsForward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor logProb)
    {
        int k = ids.Shape[1];
        _launcher.Launch(
            VocabularyTokenKernels.Select,
            new SelectedArguments(
                new MapExtent(1, (long)ids.Rows * k), Matrix(rows.X), Stored(rows.W), Vector(rows.Bias), rows.W.Shape[1], Transform(spec), Vector(rows.LogZ), k, Matrix<int>(ids), Matrix(logProb)));
    }

    public void SelectedLogProbsBackward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor dLogProb, in VocabularyGradients gradients)
    {
        (int n, int vocabulary) = (rows.X.Rows, rows.W.Rows);
        for (int row = 0; row < n; row += LogProbHead.TileRows)
        {
            int count = Math.Min(LogProbHead.TileRows, n - row);
            for (int v = 0; v < vocabulary; v += LogProbHead.TileColumns)
            {
                VocabularyTile tile = VocabularyTile(rows, spec, row, count, v, Logits());
                _launcher.Launch(
                    VocabularyTokenKernels.Gradient,
                    new SelectedGradientArguments(
                        new MapExtent(count, Columns(rows.W, v)), tile, v, ids.Shape[1], Matrix<int>(ids.RowRange(row, count)), Matrix(dLogProb.RowRange(row, count))));
                PropagateLogits(rows.X, rows.W, gradients, tile.Products, row, count, v);
            }
        }
    }
}
