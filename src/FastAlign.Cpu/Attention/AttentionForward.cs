using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

/// <summary>
/// <c>y = softmax(scale q·k) v</c> for one tile of queries at a time, with a running maximum and sum over blocks of 64 keys
/// (Milakov and Gimelshein, 2018; Dao et al., 2022).
/// </summary>
/// <remarks>
/// <para>Scores are held as S[key, lane]: queries lie across vector lanes, so the softmax over keys is plain vertical arithmetic and no
/// sum ever crosses lanes. Hence the bits of a query do not depend on which lane it is, nor on the other lanes.</para>
/// <para>Order of additions of one query: q·k over ascending d; the maximum, then the sum of exponentials, over ascending keys of a block, then block
/// by block; p·v in one chain over ascending keys, rescaled between blocks. A key that is masked adds exactly zero, a block that is
/// masked changes nothing, so it does not matter that another lane made the tile visit them.</para>
/// <para>Keys and values are finite (as all masks by zero probability, 0 * infinity would reach other rows).</para>
/// </remarks>
internal readonly unsafe struct AttentionForward(AttentionOperands operands, AttentionScratch scratch, int tiles) : IParallelAction
{
    private const int Lane = 16;

    private readonly AttentionOperands _operands = operands;
    private readonly AttentionScratch _scratch = scratch;
    private readonly int _tiles = tiles;

    public void Run(int index, int thread)
    {
        // Last tiles first: they see the most keys, and a loop that ends with small pieces ends evenly.
        QueryTile tile = QueryTile.Find(_operands, _tiles - 1 - index);
        AttentionScratch.Panel panel = _scratch.Of(thread, _operands.PanelWidth);
        Matrix queries = panel.Columns(2), sums = panel.Rows(3), scores = panel.Scores(0);
        float* max = panel.Lanes(0), total = panel.Lanes(1), rescale = panel.Lanes(2);
        int* positions = (int*)panel.Lanes(3);

        int lanes = AttentionPacking.Filled(tile.Lanes), window = _operands.Window, width = _operands.PanelWidth;
        AttentionPacking.TransposeLanes(_operands.Q, tile, (float)_operands.Spec.Scale, queries);
        new Span<float>(max, lanes).Fill(float.NegativeInfinity);
        new Span<float>(total, lanes).Clear();
        tile.ListPositions(positions, lanes);

        new Span<float>(sums.Start, lanes * width).Clear();
        for (int start = KeySpan.FirstBlock(tile, window); start <= tile.MaxPosition; start += AttentionScratch.Block)
        {
            KeySpan span = new(tile, start, window);
            (Matrix keys, Matrix values) = AttentionPacking.KeysOf(_operands, tile, span, panel.Rows(0), panel.Rows(1));
            AttentionTiles.Multiply(keys.From(span.From, 0), queries, _operands.HeadWidth, scores.From(span.From, 0), span.Count, lanes, isAdded: false);
            for (int lane = 0; lane < lanes; lane += Lane)
            {
                Cap(scores, lane, span);
                Mask(scores, lane, span, tile, positions);
                Softmax(scores, lane, span, max, total, rescale);
            }

            Rescale(sums, rescale, tile.Lanes);
            AttentionTiles.Multiply(scores.From(span.From, 0).Transposed, values.From(span.From, 0), span.Count, sums, tile.Lanes, width, isAdded: true);
        }

        Finish(tile, sums, max, total);
    }

    private void Cap(Matrix scores, int lane, in KeySpan span)
    {
        if (_operands.Spec.SoftCap <= 0)
        {
            return;
        }

        for (int key = span.From; key < span.To; key++)
        {
            float* score = scores.From(key, lane).Start;
            AttentionMath.Cap(Vector512.Load(score), (float)_operands.Spec.SoftCap).Store(score);
        }
    }

    private void Mask(Matrix scores, int lane, in KeySpan span, in QueryTile tile, int* positions)
    {
        if (!span.IsMasked)
        {
            return;
        }

        // Every lane sees the keys before the first query, but for those that its window has left behind.
        int first = span.Start + span.From <= tile.MaxPosition - _operands.Window ? span.From : Math.Max(span.From, tile.MinPosition + 1 - span.Start);
        Vector512<int> query = Vector512.Load(positions + lane);
        for (int key = first; key < span.To; key++)
        {
            float* score = scores.From(key, lane).Start;
            Vector512<float> visible = AttentionMath.Visible(Vector512.Create(span.Start + key), query, _operands.Window);
            Vector512.ConditionalSelect(visible, Vector512.Load(score), Vector512.Create(float.NegativeInfinity)).Store(score);
        }
    }

    /// <summary>Turns 16 columns of scores into exponentials and carries maximum and sum on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax(Matrix scores, int lane, in KeySpan span, float* max, float* total, float* rescale)
    {
        float* first = scores.From(span.From, lane).Start;
        float* end = first + (span.Count * AttentionScratch.Block);
        Vector512<float> before = Vector512.Load(max + lane);
        Vector512<float> largest = before;
        for (float* score = first; score < end; score += AttentionScratch.Block)
        {
            largest = Vector512.Max(largest, Vector512.Load(score));
        }

        // A lane that has seen no key yet keeps its infinite maximum; shifting by it would be infinity - infinity.
        Vector512<float> isEmpty = Vector512.Equals(largest, Vector512.Create(float.NegativeInfinity));
        Vector512<float> shift = Vector512.AndNot(largest, isEmpty);
        Vector512<float> sum = default;
        for (float* score = first; score < end; score += AttentionScratch.Block)
        {
            Vector512<float> p = VectorMath.Exp(Vector512.Load(score) - shift);
            p.Store(score);
            sum += p;
        }

        Vector512<float> factor = VectorMath.Exp(before - shift);
        factor.Store(rescale + lane);
        largest.Store(max + lane);
        Vector512.FusedMultiplyAdd(Vector512.Load(total + lane), factor, sum).Store(total + lane);
    }

    private void Rescale(Matrix sums, float* rescale, int lanes)
    {
        for (int lane = 0; lane < lanes; lane++)
        {
            // A factor of 1 (no new maximum) is common, and skipping it is exact.
            float factor = rescale[lane];
            if (factor == 1)
            {
                continue;
            }

            float* row = sums.From(lane, 0).Start;
            for (int d = 0; d < _operands.PanelWidth; d += Vector256<float>.Count)
            {
                (Vector256.Load(row + d) * factor).Store(row + d);
            }
        }
    }

    private void Finish(in QueryTile tile, Matrix sums, float* max, float* total)
    {
        (int row, int head) = (tile.Row(0), tile.Head(0));
        for (int lane = 0; lane < tile.Lanes; lane++)
        {
            *_operands.LogZ.At(row, head) = (float)(max[lane] + Math.Log(total[lane]));
            AttentionMath.Scale(sums.From(lane, 0).Start, 1, total[lane], _operands.Y.At(row, head), _operands.HeadWidth);
            tile.Advance(ref row, ref head);
        }
    }
}
