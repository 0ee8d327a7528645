using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary>
/// <c>dk = dsᵀ (scale q)</c>, <c>dv = pᵀ dy</c>, one tile of keys at a time over all queries below it in the tree. A key that several sequences share is
/// one chain over all of them: in the order of runs, rows ascending, the heads of the group within a row.
/// </summary>
/// <remarks>
/// <para>Scores are held as S[query, key]: here the keys stay, so they are the transposed operand, and the queries stream.</para>
/// <para>A piece is either a tile of keys (the second pass of two), or all tiles of a tree and key head in order. In the latter every score of the tree
/// passes by once, and <c>dq = scale ds k</c> is added on the way: 5 products instead of 7, and as many exponentials less. A query meets its keys in
/// ascending order either way, so dq has the bits of <see cref="AttentionQueryGradients"/>.</para>
/// </remarks>
/// <param name="operands">What forward read and wrote.</param>
/// <param name="gradients">What is known and what is wanted.</param>
/// <param name="scratch">Of all threads.</param>
/// <param name="isWholeTree">Pieces are trees, and dq is wanted too.</param>
internal readonly unsafe struct AttentionKeyGradients(AttentionOperands operands, AttentionGradients gradients, AttentionScratch scratch, bool isWholeTree) : IParallelAction
{
    private readonly AttentionOperands _operands = operands;
    private readonly AttentionGradients _gradients = gradients;
    private readonly AttentionScratch _scratch = scratch;
    private readonly bool _isWholeTree = isWholeTree;

    public void Run(int index, int thread)
    {
        AttentionScratch.Panel panel = _scratch.Of(thread, _operands.PanelWidth);
        if (!_isWholeTree)
        {
            AddKeys(KeyTile.Find(_operands, index), panel);
            return;
        }

        AttentionLayout layout = _operands.Layout;
        (int root, int keyHead) = (layout.Root(index / _operands.KeyHeads), index % _operands.KeyHeads);
        ScaleQueries(root, keyHead, 0);
        for (int s = root; s < layout.Segments.Length; s++)
        {
            for (int offset = 0; layout.IsOnPath(root, s) && offset < layout.Segments[s].Length; offset += AttentionScratch.Block)
            {
                AddKeys(new KeyTile(layout, s, keyHead, offset), panel);
            }
        }

        ScaleQueries(root, keyHead, (float)_operands.Spec.Scale);
    }

    /// <summary>Multiplies dq of a tree by a factor; by 0 to begin with.</summary>
    private void ScaleQueries(int root, int keyHead, float factor)
    {
        int width = _operands.Group * _operands.HeadWidth;
        foreach (ref readonly QueryRun run in _operands.Layout.Runs)
        {
            for (int i = 0; i < run.Count && _operands.Layout.IsOnPath(root, run.Segment); i++)
            {
                float* heads = _gradients.Dq.At(run.FirstRow + i, keyHead * _operands.Group);
                if (factor == 0)
                {
                    new Span<float>(heads, width).Clear();
                }
                else
                {
                    AttentionMath.Scale(heads, factor, 1, heads, width);
                }
            }
        }
    }

    /// <summary>Gradients of one tile of keys.</summary>
    private void AddKeys(in KeyTile keys, AttentionScratch.Panel panel)
    {
        AttentionPacking.TransposeRows(_operands.K, keys.FirstRow, keys.Count, keys.KeyHead, panel.Columns(2));
        AttentionPacking.TransposeRows(_operands.V, keys.FirstRow, keys.Count, keys.KeyHead, panel.Columns(3));
        for (int i = 0; i < keys.Count && _isWholeTree; i++)
        {
            AttentionPacking.CopyRow(_operands.K.At(keys.FirstRow + i, keys.KeyHead), _operands.HeadWidth, 1, panel.Rows(6).From(i, 0).Start);
        }

        Matrix dk = panel.Rows(4), dv = panel.Rows(5);
        new Span<float>(dk.Start, AttentionScratch.Block * _operands.PanelWidth).Clear();
        new Span<float>(dv.Start, AttentionScratch.Block * _operands.PanelWidth).Clear();
        foreach (ref readonly QueryRun run in _operands.Layout.Runs)
        {
            if (!_operands.Layout.IsOnPath(keys.Segment, run.Segment))
            {
                continue;
            }

            for (int t = 0; t < QueryTile.Count(run, _operands.Group); t++)
            {
                QueryTile tile = new(_operands.Layout, run, keys.KeyHead, _operands.Group, t * AttentionScratch.Block);
                if (keys.IsSeenBy(tile, _operands.Window))
                {
                    Add(tile, keys, panel);
                }
            }
        }

        for (int i = 0; i < keys.Count; i++)
        {
            AttentionMath.Scale(dk.From(i, 0).Start, 1, 1, _gradients.Dk.At(keys.FirstRow + i, keys.KeyHead), _operands.HeadWidth);
            AttentionMath.Scale(dv.From(i, 0).Start, 1, 1, _gradients.Dv.At(keys.FirstRow + i, keys.KeyHead), _operands.HeadWidth);
        }
    }

    /// <summary>What one tile of queries adds to the gradients of one tile of keys.</summary>
    private void Add(in QueryTile tile, in KeyTile keys, AttentionScratch.Panel panel)
    {
        Matrix queries = panel.Rows(0), dy = panel.Rows(1), p = panel.Scores(0), ds = panel.Scores(1);
        AttentionPacking.CopyLanes(_operands.Q, tile, (float)_operands.Spec.Scale, queries);
        AttentionPacking.CopyLanes(_gradients.Dy, tile, 1, dy);
        _gradients.LoadStatistics(_operands, tile, panel.Lanes(0), panel.Lanes(1), (int*)panel.Lanes(2));

        // Keys after the last query, and queries before the first key, would only add zeros.
        int count = Math.Min(keys.Count, tile.MaxPosition - keys.FirstPosition + 1), columns = AttentionPacking.Filled(count);
        int from = tile.FirstLaneAt(keys.FirstPosition) / AttentionTiles.Rows * AttentionTiles.Rows, lanes = tile.Lanes - from;
        AttentionTiles.Multiply(queries.From(from, 0), panel.Columns(2), _operands.HeadWidth, p.From(from, 0), lanes, columns, isAdded: false);
        AttentionTiles.Multiply(dy.From(from, 0), panel.Columns(3), _operands.HeadWidth, ds.From(from, 0), lanes, columns, isAdded: false);
        ScoreGradients(panel, keys, tile, from, columns);
        AttentionTiles.Multiply(p.From(from, 0).Transposed, dy.From(from, 0), lanes, panel.Rows(5), count, _operands.PanelWidth, isAdded: true);
        AttentionTiles.Multiply(ds.From(from, 0).Transposed, queries.From(from, 0), lanes, panel.Rows(4), count, _operands.PanelWidth, isAdded: true);
        if (_isWholeTree)
        {
            AddQueries(tile, from, count, panel);
        }
    }

    /// <summary>What one tile of keys adds to dq, not yet scaled.</summary>
    private void AddQueries(in QueryTile tile, int from, int count, AttentionScratch.Panel panel)
    {
        Matrix dq = panel.Rows(7);
        AttentionPacking.CopyLanes(_gradients.Dq, tile, 1, dq);
        AttentionTiles.Multiply(panel.Scores(1).From(from, 0), panel.Rows(6), count, dq.From(from, 0), tile.Lanes - from, _operands.PanelWidth, isAdded: true);
        (int row, int head) = (tile.Row(0), tile.Head(0));
        for (int lane = 0; lane < tile.Lanes; lane++)
        {
            AttentionPacking.CopyRow(dq.From(lane, 0).Start, _operands.HeadWidth, 1, _gradients.Dq.At(row, head));
            tile.Advance(ref row, ref head);
        }
    }

    /// <summary>Replaces scores by p[lane, key] and dp by ds[lane, key].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScoreGradients(AttentionScratch.Panel panel, in KeyTile keys, in QueryTile tile, int from, int columns)
    {
        Matrix scores = panel.Scores(0), dp = panel.Scores(1);
        float cap = (float)_operands.Spec.SoftCap;
        bool isMasked = keys.LastPosition > tile.MinPosition || keys.FirstPosition <= tile.MaxPosition - _operands.Window;
        for (int lane = from; lane < tile.Lanes; lane++)
        {
            Vector512<float> logZ = Vector512.Create(panel.Lanes(0)[lane]), delta = Vector512.Create(panel.Lanes(1)[lane]);
            Vector512<int> query = Vector512.Create(((int*)panel.Lanes(2))[lane]);
            Vector512<int> key = Vector512.Create(keys.FirstPosition) + Vector512<int>.Indices;
            for (int column = 0; column < columns; column += Vector512<float>.Count)
            {
                Vector512<float> visible = isMasked ? AttentionMath.Visible(key, query, _operands.Window) : Vector512<float>.AllBitsSet;
                float* s = scores.From(lane, column).Start, ds = dp.From(lane, column).Start;
                (Vector512<float> p, Vector512<float> gradient) = AttentionMath.Gradient(Vector512.Load(s), Vector512.Load(ds), logZ, delta, visible, cap);
                p.Store(s);
                gradient.Store(ds);
                key += Vector512.Create(Vector512<float>.Count);
            }
        }
    }
}
