using FastAlign.Core;

namespace FastAlign.Cpu;

/// <summary><c>x = value</c></summary>
internal readonly unsafe struct FillAction<T>(T value, Tensor x, ElementTiles tiles) : IParallelAction
    where T : unmanaged
{
    private readonly T* _x = x.Host<T>();
    private readonly long _stride = tiles.Stride(x);

    public void Run(int index, int thread)
    {
        for (int row = tiles.FirstRow(index); row < tiles.EndRow(index); row++)
        {
            new Span<T>(_x + (row * _stride), tiles.WidthOf(row)).Fill(value);
        }
    }
}
