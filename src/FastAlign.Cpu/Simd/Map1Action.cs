using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

/// <summary><c>y = f(x)</c> element by element; y may be x.</summary>
internal readonly unsafe struct Map1Action<TMap>(TMap map, Tensor x, Tensor y, ElementTiles tiles) : IParallelAction
    where TMap : struct, IMap1<Vector512Lane>
{
    private readonly float* _x = x.Host<float>();
    private readonly float* _y = y.Host<float>();
    private readonly long _strideX = tiles.Stride(x);
    private readonly long _strideY = tiles.Stride(y);

    public void Run(int index, int thread)
    {
        TMap f = map;
        for (int row = tiles.FirstRow(index); row < tiles.EndRow(index); row++)
        {
            float* x = _x + (row * _strideX);
            float* y = _y + (row * _strideY);
            int n = tiles.WidthOf(row);
            int i = 0;
            for (; i <= n - Vectors.Width; i += Vectors.Width)
            {
                f.Apply(Vectors.Load(x + i)).Store(y + i);
            }

            if (i < n)
            {
                f.Apply(Vectors.Load(x + i)).StoreUpTo(y + i, n - i);
            }
        }
    }
}
