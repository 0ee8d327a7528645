using FastAlign.Core;
using FastAlign.Cpu.Gemm;
using FastAlign.Cpu.Head;

namespace FastAlign.Cpu;

/// <summary>
/// The log-prob head as products of tiles: 512 rows x 1024 vocabulary entries at a time, folded (forward) or turned into derivatives (backward)
/// before the next tile overwrites them. Three products in all, two where W stands still and forward keeps slopes; the scratch of <see cref="HeadScratch"/> is the whole of it.
/// </summary>
internal sealed unsafe partial class CpuOps
{
    public void LogProbHeadForward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs)
    {
        (int n, int vocabulary) = (inputs.X.Rows, inputs.W.Rows);
        var transform = new LogitTransform(spec);
        HeadStatistics statistics = HeadStatistics.None;
        statistics |= outputs.Entropy.IsNone ? HeadStatistics.None : HeadStatistics.Entropy;
        statistics |= outputs.LogSumSquares.IsNone ? HeadStatistics.None : HeadStatistics.LogSumSquares;
        statistics |= outputs.MeanLogit.IsNone ? HeadStatistics.None : HeadStatistics.MeanLogit;
        for (int row = 0; row < n; row += HeadScratch.TileRows)
        {
            int rows = Math.Min(HeadScratch.TileRows, n - row);
            int* targets = inputs.Targets.Host<int>() + row;
            Tensor slope = outputs.Slope.IsNone ? Tensor.None : outputs.Slope.RowRange(row, rows);
            var slopes = new SlopeRows(slope);
            new Span<HeadRowState>(_head.Rows, rows).Fill(HeadRowState.Empty);
            for (int v = 0; v < vocabulary; v += HeadScratch.TileColumns)
            {
                int count = Math.Min(HeadScratch.TileColumns, vocabulary - v);
                if (inputs.Products.IsNone)
                {
                    MultiplyLogits(inputs.X, inputs.W, inputs.Bias, row, rows, v, count, _head.Logits);
                }
                else
                {
                    CopyLogits(inputs.Products, row, rows, v, count);
                }

                var fold = new FoldRows(_head.Logits, _head.Rows, targets, rows, v, count, transform, statistics, slopes);
                _team.For((rows + FoldRows.RowsPerPiece - 1) / FoldRows.RowsPerPiece, ref fold);
                if (!slopes.IsNone)
                {
                    MultiplyByWeights(inputs.W, v == 0 ? ChainStart.Zero : ChainStart.Output, slope, rows, v, count);
                }
            }

            if (!slopes.IsNone)
            {
                var finish = new FinishSlopes(slopes, _head.Rows, targets, inputs.W, transform);
                _team.For(rows, ref finish);
            }

            WriteStatistics(outputs, row, rows, vocabulary);
        }
    }

    public void LogProbHeadBackward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs, in HeadGradients gradients)
    {
        (int n, int vocabulary) = (inputs.X.Rows, inputs.W.Rows);
        if (!outputs.Slope.IsNone)
        {
            var scale = new ScaleSlopes(new SlopeRows(outputs.Slope), gradients.LogProb.Host<float>(), gradients.X.Host<float>());
            _team.For(n, ref scale);
            return;
        }

        var transform = new LogitTransform(spec);
        var slots = new VocabularyGradients(Write.Assign, gradients.X, gradients.W, gradients.Bias);
        for (int row = 0; row < n; row += HeadScratch.TileRows)
        {
            int rows = Math.Min(HeadScratch.TileRows, n - row);
            bool hasEntropy = !gradients.Entropy.IsNone;
            var perRow = new LogitGradientRows(
                inputs.Targets.Host<int>() + row,
                outputs.LogZ.Host<float>() + row,
                hasEntropy ? outputs.Entropy.Host<float>() + row : null,
                gradients.LogProb.Host<float>() + row,
                hasEntropy ? gradients.Entropy.Host<float>() + row : null);
            for (int v = 0; v < vocabulary; v += HeadScratch.TileColumns)
            {
                int count = Math.Min(HeadScratch.TileColumns, vocabulary - v);
                MultiplyLogits(inputs.X, inputs.W, inputs.Bias, row, rows, v, count, _head.Logits);
                var differentiate = new LogitGradients(_head.Logits, perRow, rows, v, count, transform);
                _team.For((rows + LogitGradients.RowsPerPiece - 1) / LogitGradients.RowsPerPiece, ref differentiate);
                PropagateLogits(inputs.X, inputs.W, slots, row, rows, v, count);
            }
        }
    }

    /// <summary>Tile of <c>x wᵀ + bias</c>; the same chain per element as <see cref="LinearForward"/>, hence the same bits.</summary>
    private void MultiplyLogits(Tensor x, Tensor w, Tensor bias, int row, int rows, int v, int count, float* tile)
    {
        var epilogue = new Epilogue(bias.IsNone ? null : bias.Host<float>() + v, null, 0);
        Operand left = Operand.OfRows(x.RowRange(row, rows));
        Operand right = Operand.OfRows(w.RowRange(v, count));
        _gemm.Multiply(left, right, rows, count, w.Shape[1], ChainStart.Zero, epilogue, tile, HeadScratch.Stride);
    }

    /// <summary>The same tile from products that are there already.</summary>
    private void CopyLogits(Tensor products, int row, int rows, int v, int count)
    {
        for (int i = 0; i < rows; i++)
        {
            float* from = products.Host<float>() + ((row + i) * products.RowStride) + v;
            new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(_head.Logits + ((long)i * HeadScratch.Stride), count));
        }
    }

    /// <summary>From the tile's derivatives to those of hidden states (chain over the vocabulary), weights and bias (chains over rows).</summary>
    private void PropagateLogits(Tensor x, Tensor w, in VocabularyGradients gradients, int row, int rows, int v, int count)
    {
        int c = w.Shape[1];
        ChainStart start = v == 0 && gradients.Write == Write.Assign ? ChainStart.Zero : ChainStart.Output;
        MultiplyByWeights(w, start, gradients.X.RowRange(row, rows), rows, v, count);
        if (!gradients.W.IsNone)
        {
            Tensor dw = gradients.W.RowRange(v, count);
            Operand dz = Operand.OfColumns(_head.Logits, HeadScratch.Stride);
            _gemm.Multiply(dz, Operand.OfColumns(x.RowRange(row, rows)), count, c, rows, ChainStart.Output, default, dw.Host<float>(), dw.RowStride);
        }

        if (!gradients.Bias.IsNone)
        {
            var sums = new ColumnSums(_head.Logits, HeadScratch.Stride, rows, count, gradients.Bias.Host<float>() + v);
            _team.For((count + ColumnSums.Width - 1) / ColumnSums.Width, ref sums);
        }
    }

    /// <summary>Product of the tile with the vocabulary entries it is about: one chain over the vocabulary, from tile to tile.</summary>
    private void MultiplyByWeights(Tensor w, ChainStart start, Tensor y, int rows, int v, int count)
    {
        Operand columns = Operand.OfColumns(w.RowRange(v, count));
        _gemm.Multiply(Operand.OfRows(_head.Logits, HeadScratch.Stride), columns, rows, w.Shape[1], count, start, default, y.Host<float>(), y.RowStride);
    }

    private void WriteStatistics(in HeadOutputs outputs, int row, int rows, int vocabulary)
    {
        for (int i = 0; i < rows; i++)
        {
            HeadRowState state = _head.Rows[i];
            Put(outputs.LogProb, row + i, state.LogProb);
            Put(outputs.LogZ, row + i, state.LogZ);
            Put(outputs.Entropy, row + i, state.Entropy);
            Put(outputs.LogSumSquares, row + i, state.LogSumSquares);
            Put(outputs.MeanLogit, row + i, state.LogitSum / vocabulary);
            if (!outputs.ArgMax.IsNone)
            {
                outputs.ArgMax.Host<int>()[row + i] = state.ArgMax;
            }
        }

        static void Put(Tensor output, int row, double value)
        {
            if (!output.IsNone)
            {
                output.Host<float>()[row] = (float)value;
            }
        }
    }
}
