using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary><c>y[i] (=|+=) x[rows[i]]</c>, cut by i.</summary>
internal readonly unsafe struct GatherAction(Tensor x, Tensor rows, Write write, Tensor y, ElementTiles tiles) : IParallelAction
{
    private readonly float* _x = x.Host<float>();
    private readonly int* _rows = rows.Host<int>();
    private readonly float* _y = y.Host<float>();
    private readonly long _strideX = x.RowStride;
    private readonly long _strideY = y.RowStride;

    public void Run(int index, int thread)
    {
        for (int i = tiles.FirstRow(index); i < tiles.EndRow(index); i++)
        {
            Rows.Put(_x + (_rows[i] * _strideX), write, _y + (i * _strideY), tiles.Width);
        }
    }
}
