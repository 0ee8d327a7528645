using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary>Gradients of attention as the kernels read and write them.</summary>
internal readonly unsafe struct AttentionGradients(int headWidth, Tensor dy, Tensor dq, Tensor dk, Tensor dv)
{
    public HeadRows Dy { get; } = new(dy, headWidth);

    public HeadRows Dq { get; } = new(dq, headWidth);

    public HeadRows Dk { get; } = new(dk, headWidth);

    public HeadRows Dv { get; } = new(dv, headWidth);

    /// <summary>Per lane of a tile: <c>logZ</c>, and <c>delta = dy·y</c>, the mean of dp under p.</summary>
    public void LoadStatistics(in AttentionOperands operands, in QueryTile tile, float* logZ, float* delta, int* positions)
    {
        for (int lane = 0; lane < AttentionPacking.Filled(tile.Lanes); lane++)
        {
            (int row, int head) = (tile.Row(lane), tile.Head(lane));
            logZ[lane] = *operands.LogZ.At(row, head);
            delta[lane] = AttentionMath.Dot(Dy.At(row, head), operands.Y.At(row, head), operands.HeadWidth);
            positions[lane] = tile.Position(lane);
        }
    }

    /// <summary><c>to = scale * from</c>, without the padding of the panel; -0 becomes 0.</summary>
    public static void Store(float* from, float scale, float* to, int width)
    {
        for (int d = 0; d < width; d++)
        {
            to[d] = (from[d] * scale) + 0f;
        }
    }
}
