using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary>Copies rows of heads into panels: as they are, or transposed.</summary>
internal static unsafe class AttentionPacking
{
    /// <summary>Queries up to which keys are read so few times that they need not be copied: one vector of them.</summary>
    private const int FewLanes = 16;

    /// <summary>
    /// Keys and values of a block of positions: where they are, if few queries read them and they lie in one segment (decoding), else gathered into panels.
    /// </summary>
    /// <param name="operands">K, V and the layout.</param>
    /// <param name="tile">The queries.</param>
    /// <param name="span">Which positions; row i of the result is position Start + i.</param>
    /// <param name="keys">[64, width].</param>
    /// <param name="values">[64, width].</param>
    public static (Matrix Keys, Matrix Values) KeysOf(in AttentionOperands operands, in QueryTile tile, in KeySpan span, Matrix keys, Matrix values)
    {
        bool areWhole = operands.HeadWidth == operands.PanelWidth && span.Count % AttentionTiles.Rows == 0;
        if (areWhole && tile.Lanes <= FewLanes && RowOf(operands.Layout, tile.Segment, span) is >= 0 and int row)
        {
            int start = row - span.From;
            return (operands.K.Matrix(start, tile.KeyHead), operands.V.Matrix(start, tile.KeyHead));
        }

        GatherKeys(operands, tile.Segment, tile.KeyHead, span, keys, values);
        return (keys, values);
    }

    /// <summary>Row of the span's first position if one segment of the path holds it all; otherwise -1.</summary>
    private static int RowOf(AttentionLayout layout, int segment, in KeySpan span)
    {
        ReadOnlySpan<Segment> segments = layout.Segments;
        int from = span.Start + span.From;
        int s = segment;
        while (layout.FirstPositions[s] > from)
        {
            s = segments[s].Parent;
        }

        int first = layout.FirstPositions[s];
        return first + segments[s].Length >= span.Start + span.To ? segments[s].Start + from - first : -1;
    }

    /// <summary>Keys and values of a block of positions, gathered along the path that ends in <paramref name="segment"/>.</summary>
    /// <param name="operands">K, V and the layout.</param>
    /// <param name="segment">Last segment of the path.</param>
    /// <param name="keyHead">Which key head.</param>
    /// <param name="span">Which positions; row i of the panels is position Start + i.</param>
    /// <param name="keys">[64, width].</param>
    /// <param name="values">[64, width].</param>
    public static void GatherKeys(in AttentionOperands operands, int segment, int keyHead, in KeySpan span, Matrix keys, Matrix values)
    {
        ReadOnlySpan<Segment> segments = operands.Layout.Segments;
        ReadOnlySpan<int> firstPositions = operands.Layout.FirstPositions;
        for (int s = segment; s >= 0; s = segments[s].Parent)
        {
            int first = firstPositions[s];
            int from = Math.Max(first, span.Start + span.From);
            int to = Math.Min(first + segments[s].Length, span.Start + span.To);
            for (int position = from; position < to; position++)
            {
                int row = segments[s].Start + position - first;
                CopyRow(operands.K.At(row, keyHead), operands.HeadWidth, 1, keys.From(position - span.Start, 0).Start);
                CopyRow(operands.V.At(row, keyHead), operands.HeadWidth, 1, values.From(position - span.Start, 0).Start);
            }

            if (first <= span.Start)
            {
                return;
            }
        }
    }

    /// <summary><c>to[lane] = scale * from[lane]</c> for the lanes of a tile.</summary>
    public static void CopyLanes(in HeadRows from, in QueryTile tile, float scale, Matrix to)
    {
        (int row, int head) = (tile.Row(0), tile.Head(0));
        for (int lane = 0; lane < tile.Lanes; lane++)
        {
            CopyRow(from.At(row, head), from.Width, scale, to.From(lane, 0).Start);
            tile.Advance(ref row, ref head);
        }
    }

    /// <summary><c>to[d, lane] = scale * from[lane, d]</c> for the lanes of a tile; vectors are filled up with the last lane.</summary>
    public static void TransposeLanes(in HeadRows from, in QueryTile tile, float scale, Matrix to)
    {
        for (int lane = 0; lane < Filled(tile.Lanes); lane += 4)
        {
            Transpose(
                from.At(tile.Row(lane), tile.Head(lane)),
                from.At(tile.Row(lane + 1), tile.Head(lane + 1)),
                from.At(tile.Row(lane + 2), tile.Head(lane + 2)),
                from.At(tile.Row(lane + 3), tile.Head(lane + 3)),
                from.Width,
                scale,
                to.From(0, lane));
        }
    }

    /// <summary><c>to[d, i] = from[row + i, d]</c> for <paramref name="count"/> rows; vectors are filled up with the last row.</summary>
    public static void TransposeRows(in HeadRows from, int row, int count, int head, Matrix to)
    {
        int last = row + count - 1;
        for (int i = 0; i < Filled(count); i += 4)
        {
            Transpose(
                from.At(Math.Min(row + i, last), head),
                from.At(Math.Min(row + i + 1, last), head),
                from.At(Math.Min(row + i + 2, last), head),
                from.At(Math.Min(row + i + 3, last), head),
                from.Width,
                1,
                to.From(0, i));
        }
    }

    /// <summary>Lanes in whole vectors.</summary>
    public static int Filled(int lanes) => (lanes + 15) & ~15;

    /// <summary><c>to[d] = scale * from[d]</c>.</summary>
    public static void CopyRow(float* from, int width, float scale, float* to)
    {
        int d = 0;
        for (; d + 16 <= width; d += 16)
        {
            (Vector512.Load(from + d) * scale).Store(to + d);
        }

        for (; d + 8 <= width; d += 8)
        {
            (Vector256.Load(from + d) * scale).Store(to + d);
        }

        for (; d < width; d++)
        {
            to[d] = from[d] * scale;
        }
    }

    private static void Transpose(float* r0, float* r1, float* r2, float* r3, int width, float scale, Matrix to)
    {
        int d = 0;
        if (Sse.IsSupported)
        {
            for (; d + 4 <= width; d += 4)
            {
                Vector128<float> x0 = Vector128.Load(r0 + d) * scale, x1 = Vector128.Load(r1 + d) * scale;
                Vector128<float> x2 = Vector128.Load(r2 + d) * scale, x3 = Vector128.Load(r3 + d) * scale;
                Vector128<float> low01 = Sse.UnpackLow(x0, x1), high01 = Sse.UnpackHigh(x0, x1);
                Vector128<float> low23 = Sse.UnpackLow(x2, x3), high23 = Sse.UnpackHigh(x2, x3);
                Sse.MoveLowToHigh(low01, low23).Store(to.From(d, 0).Start);
                Sse.MoveHighToLow(low23, low01).Store(to.From(d + 1, 0).Start);
                Sse.MoveLowToHigh(high01, high23).Store(to.From(d + 2, 0).Start);
                Sse.MoveHighToLow(high23, high01).Store(to.From(d + 3, 0).Start);
            }
        }

        for (; d < width; d++)
        {
            float* column = to.From(d, 0).Start;
            (column[0], column[1], column[2], column[3]) = (r0[d] * scale, r1[d] * scale, r2[d] * scale, r3[d] * scale);
        }
    }
}
