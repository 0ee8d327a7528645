using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary><c>y[rows[i]] (=|+=) x[i]</c>, cut by columns: every piece visits all i in ascending order, so no two pieces touch one element.</summary>
internal readonly unsafe struct ScatterAction(Tensor x, Tensor rows, Write write, Tensor y, int columnsPerPiece) : IParallelAction
{
    private readonly float* _x = x.Host<float>();
    private readonly int* _rows = rows.Host<int>();
    private readonly float* _y = y.Host<float>();
    private readonly long _strideX = x.RowStride;
    private readonly long _strideY = y.RowStride;
    private readonly int _count = x.Rows;
    private readonly int _width = x.Shape.RowLength;

    public void Run(int index, int thread)
    {
        int start = index * columnsPerPiece;
        int n = Math.Min(columnsPerPiece, _width - start);
        for (int i = 0; i < _count; i++)
        {
            Rows.Put(_x + (i * _strideX) + start, write, _y + (_rows[i] * _strideY) + start, n);
        }
    }
}
