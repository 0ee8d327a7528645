using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary><c>y = x</c>, converted.</summary>
internal readonly unsafe struct CopyAction<TFrom, TTo, TConversion>(Tensor x, Tensor y, ElementTiles tiles) : IParallelAction
    where TFrom : unmanaged
    where TTo : unmanaged
    where TConversion : struct, IConversion<TFrom, TTo>
{
    private readonly TFrom* _x = x.Host<TFrom>();
    private readonly TTo* _y = y.Host<TTo>();
    private readonly long _strideX = tiles.Stride(x);
    private readonly long _strideY = tiles.Stride(y);

    public void Run(int index, int thread)
    {
        for (int row = tiles.FirstRow(index); row < tiles.EndRow(index); row++)
        {
            TConversion.Convert(_x + (row * _strideX), _y + (row * _strideY), tiles.WidthOf(row));
        }
    }
}
