using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastAlign.Cpu;

/// <summary>
/// First pass of a backward in two: <c>dq = scale ds k</c>, one tile of queries at a time over the blocks of its keys, as
/// <see cref="AttentionForward"/> visits them. What a query gets depends on its own path only, bit for bit.
/// </summary>
internal readonly unsafe struct AttentionQueryGradients(AttentionOperands operands, AttentionGradients gradients, AttentionScratch scratch, int tiles) : IParallelAction
{
    private readonly AttentionOperands _operands = operands;
    private readonly AttentionGradients _gradients = gradients;
    private readonly AttentionScratch _scratch = scratch;
    private readonly int _tiles = tiles;

    public void Run(int index, int thread)
    {
        QueryTile tile = QueryTile.Find(_operands, _tiles - 1 - index);
        AttentionScratch.Panel panel = _scratch.Of(thread, _operands.PanelWidth);
        Matrix keys = panel.Rows(0), values = panel.Rows(1), queries = panel.Columns(2), dy = panel.Columns(3), dq = panel.Rows(4);
        Matrix scores = panel.Scores(0), dp = panel.Scores(1);
        int lanes = AttentionPacking.Filled(tile.Lanes), window = _operands.Window, width = _operands.PanelWidth;

        AttentionPacking.TransposeLanes(_operands.Q, tile, (float)_operands.Spec.Scale, queries);
        AttentionPacking.TransposeLanes(_gradients.Dy, tile, 1, dy);
        _gradients.LoadStatistics(_operands, tile, panel.Lanes(0), panel.Lanes(1), (int*)panel.Lanes(2));
        new Span<float>(dq.Start, lanes * width).Clear();
        for (int start = KeySpan.FirstBlock(tile, window); start <= tile.MaxPosition; start += AttentionScratch.Block)
        {
            KeySpan span = new(tile, start, window);
            AttentionPacking.GatherKeys(_operands, tile.Segment, tile.KeyHead, span, keys, values);
            AttentionTiles.Multiply(keys.From(span.From, 0), queries, _operands.HeadWidth, scores.From(span.From, 0), span.Count, lanes, isAdded: false);
            AttentionTiles.Multiply(values.From(span.From, 0), dy, _operands.HeadWidth, dp.From(span.From, 0), span.Count, lanes, isAdded: false);
            ScoreGradients(panel, span, lanes);
            AttentionTiles.Multiply(dp.From(span.From, 0).Transposed, keys.From(span.From, 0), span.Count, dq, tile.Lanes, width, isAdded: true);
        }

        for (int lane = 0; lane < tile.Lanes; lane++)
        {
            AttentionMath.Scale(dq.From(lane, 0).Start, (float)_operands.Spec.Scale, 1, _gradients.Dq.At(tile.Row(lane), tile.Head(lane)), _operands.HeadWidth);
        }
    }

    /// <summary>Replaces dp[key, lane] by ds[key, lane].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScoreGradients(AttentionScratch.Panel panel, in KeySpan span, int lanes)
    {
        Matrix scores = panel.Scores(0), dp = panel.Scores(1);
        float cap = (float)_operands.Spec.SoftCap;
        for (int lane = 0; lane < lanes; lane += Vector512<float>.Count)
        {
            Vector512<float> logZ = Vector512.Load(panel.Lanes(0) + lane), delta = Vector512.Load(panel.Lanes(1) + lane);
            Vector512<int> query = Vector512.Load((int*)panel.Lanes(2) + lane);
            for (int key = span.From; key < span.To; key++)
            {
                Vector512<float> visible = span.IsMasked
                    ? AttentionMath.Visible(Vector512.Create(span.Start + key), query, _operands.Window)
                    : Vector512<float>.AllBitsSet;
                float* ds = dp.From(key, lane).Start;
                Vector512<float> score = Vector512.Load(scores.From(key, lane).Start);
                AttentionMath.Gradient(score, Vector512.Load(ds), logZ, delta, visible, cap).Ds.Store(ds);
            }
        }
    }
}
