using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary>Gradients of attention as the kernels read and write them.</summary>
internal readonly unsafe struct AttentionGradients(int headWidth, Tensor dy, Tensor dq, Tensor dk, Tensor dv)
{
    public HeadRows Dy { get; } = new(dy, headWidth);

    public HeadRows Dq { get; } = new(dq, headWidth);

    public HeadRows Dk { get; } = new(dk, headWidth);

    public HeadRows Dv { get; } = new(dv, headWidth);

    /// <summary>Per lane of a tile: <c>logZ</c>, <c>delta = dy·y</c> (the mean of dp under p) and the position; vectors are filled up with the last lane.</summary>
    public void LoadStatistics(in AttentionOperands operands, in QueryTile tile, float* logZ, float* delta, int* positions)
    {
        (int row, int head) = (tile.Row(0), tile.Head(0));
        for (int lane = 0; lane < tile.Lanes; lane++)
        {
            logZ[lane] = *operands.LogZ.At(row, head);
            delta[lane] = AttentionMath.Dot(Dy.At(row, head), operands.Y.At(row, head), operands.HeadWidth);
            tile.Advance(ref row, ref head);
        }

        (int last, int filled) = (tile.Lanes - 1, AttentionPacking.Filled(tile.Lanes));
        tile.ListPositions(positions, filled);
        for (int lane = tile.Lanes; lane < filled; lane++)
        {
            (logZ[lane], delta[lane]) = (logZ[last], delta[last]);
        }
    }
}
