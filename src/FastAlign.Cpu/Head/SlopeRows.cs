using System.Runtime.Intrinsics;
using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Cpu.Head;

/// <summary>Rows of <see cref="HeadOutputs.Slope"/> that belong to a tile, or none.</summary>
internal readonly unsafe struct SlopeRows(Tensor slope)
{
    private readonly float* _first = slope.IsNone ? null : slope.Host<float>();

    public bool IsNone => _first == null;

    public int Width { get; } = slope.IsNone ? 0 : slope.Shape.RowLength;

    public float* this[int row] => _first + ((long)row * Width);

    /// <summary><c>y = factor slope</c> for one row.</summary>
    public void Scale(int row, float factor, float* y)
    {
        float* slope = this[row];
        for (int j = 0; j < Width; j += Vectors.Width)
        {
            new Vector512Lane(Vector512.Load(slope + j) * factor).StoreUpTo(y + j, Width - j);
        }
    }
}
