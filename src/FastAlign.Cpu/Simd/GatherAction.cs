using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary><c>y[i] (=|+=) x[rows[i]]</c>, cut by i; rows of BF16 are widened.</summary>
internal readonly unsafe struct GatherAction(Tensor x, Tensor rows, Write write, Tensor y, ElementTiles tiles) : IParallelAction
{
    private readonly nint _x = x.Type == DType.BF16 ? (nint)x.Host<ushort>() : (nint)x.Host<float>();
    private readonly bool _isBrainFloat = x.Type == DType.BF16;
    private readonly int* _rows = rows.Host<int>();
    private readonly float* _y = y.Host<float>();
    private readonly long _strideX = x.RowStride;
    private readonly long _strideY = y.RowStride;

    public void Run(int index, int thread)
    {
        for (int i = tiles.FirstRow(index); i < tiles.EndRow(index); i++)
        {
            long offset = _rows[i] * _strideX;
            float* to = _y + (i * _strideY);
            if (_isBrainFloat)
            {
                Rows.Put((ushort*)_x + offset, write, to, tiles.Width);
            }
            else
            {
                Rows.Put((float*)_x + offset, write, to, tiles.Width);
            }
        }
    }
}
