using FastAlign.Core;
using FastAlign.Cpu.Gemm;
using FastAlign.Cpu.Head;

namespace FastAlign.Cpu;

/// <summary>A few tokens of each row: which are the most probable, what their log-probs are, and the gradient of those.</summary>
internal sealed unsafe partial class CpuOps
{
    public void TopTokens(in VocabularyRows rows, Tensor logits, Tensor ids)
    {
        (int n, int vocabulary, int k) = (rows.X.Rows, rows.W.Rows, ids.Shape[1]);
        if (k == 0)
        {
            return;
        }

        logits.HostSpan<float>().Fill(float.NegativeInfinity);
        for (int row = 0; row < n; row += HeadScratch.TileRows)
        {
            int count = Math.Min(HeadScratch.TileRows, n - row);
            for (int v = 0; v < vocabulary; v += HeadScratch.TileColumns)
            {
                int width = Math.Min(HeadScratch.TileColumns, vocabulary - v);
                MultiplyLogits(rows.X, rows.W, rows.Bias, row, count, v, width, _head.Logits);
                var fold = new FoldTopTokens(_head.Logits, logits.Host<float>() + ((long)row * k), ids.Host<int>() + ((long)row * k), k, count, v, width);
                _team.For((count + FoldTopTokens.RowsPerPiece - 1) / FoldTopTokens.RowsPerPiece, ref fold);
            }
        }
    }

    public void SelectedLogProbsForward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor logProb)
    {
        if (rows.W.Type == DType.BF16)
        {
            Select<StoredBrainFloat>(rows, spec, ids, logProb);
        }
        else
        {
            Select<StoredSingle>(rows, spec, ids, logProb);
        }
    }

    public void SelectedLogProbsBackward(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor dLogProb, in VocabularyGradients gradients)
    {
        (int n, int vocabulary, int k) = (rows.X.Rows, rows.W.Rows, ids.Shape[1]);
        for (int row = 0; row < n; row += HeadScratch.TileRows)
        {
            int count = Math.Min(HeadScratch.TileRows, n - row);
            for (int v = 0; v < vocabulary; v += HeadScratch.TileColumns)
            {
                int width = Math.Min(HeadScratch.TileColumns, vocabulary - v);
                MultiplyLogits(rows.X, rows.W, rows.Bias, row, count, v, width, _head.Logits);
                long first = (long)row * k;
                var differentiate = new SelectedGradients(
                    _head.Logits, Side(rows, spec, row), ids.Host<int>() + first, dLogProb.Host<float>() + first, k, count, v, width);
                _team.For((count + SelectedGradients.RowsPerPiece - 1) / SelectedGradients.RowsPerPiece, ref differentiate);
                PropagateLogits(rows.X, rows.W, gradients, row, count, v, width);
            }
        }
    }

    private void Select<TStored>(in VocabularyRows rows, HeadSpec spec, Tensor ids, Tensor logProb)
        where TStored : struct, IStoredElement
    {
        var select = new SelectTokens<TStored>(rows, Side(rows, spec, 0), ids, logProb, _isa != HostIsa.Scalar);
        _team.For(rows.X.Rows, ref select);
    }
}
