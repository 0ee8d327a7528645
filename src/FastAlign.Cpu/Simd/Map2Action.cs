using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

/// <summary><c>y = f(a, b)</c> element by element; y may be a or b.</summary>
internal readonly unsafe struct Map2Action<TMap>(TMap map, Tensor a, Tensor b, Tensor y, ElementTiles tiles) : IParallelAction
    where TMap : struct, IMap2<Vector512Lane>
{
    private readonly float* _a = a.Host<float>();
    private readonly float* _b = b.Host<float>();
    private readonly float* _y = y.Host<float>();
    private readonly long _strideA = tiles.Stride(a);
    private readonly long _strideB = tiles.Stride(b);
    private readonly long _strideY = tiles.Stride(y);

    public void Run(int index, int thread)
    {
        TMap f = map;
        for (int row = tiles.FirstRow(index); row < tiles.EndRow(index); row++)
        {
            float* a = _a + (row * _strideA);
            float* b = _b + (row * _strideB);
            float* y = _y + (row * _strideY);
            int n = tiles.WidthOf(row);
            int i = 0;
            for (; i <= n - Vectors.Width; i += Vectors.Width)
            {
                f.Apply(Vectors.Load(a + i), Vectors.Load(b + i)).Store(y + i);
            }

            if (i < n)
            {
                f.Apply(Vectors.Load(a + i), Vectors.Load(b + i)).StoreUpTo(y + i, n - i);
            }
        }
    }
}
