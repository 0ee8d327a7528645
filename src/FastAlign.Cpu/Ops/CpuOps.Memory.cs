using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

internal sealed unsafe partial class CpuOps
{
    // A sum is cut into at most this many parts, so that their results fit on the stack.
    private const int MaxSumParts = 1024;

    public void Fill(Tensor x, double value)
    {
        switch (x.Type)
        {
            case DType.F32:
                Fill((float)value, x);
                break;
            case DType.F64:
                Fill<double>(value, x);
                break;
            case DType.BF16:
                Fill(BrainFloat.Round(value), x);
                break;
            default:
                Fill(checked((int)value), x);
                break;
        }
    }

    public void Copy(Tensor x, Tensor y)
    {
        switch (x.Type, y.Type)
        {
            case (DType.F32, DType.F32) or (DType.I32, DType.I32):
                Copy<int, int, Unchanged<int>>(x, y);
                break;
            case (DType.F64, DType.F64):
                Copy<double, double, Unchanged<double>>(x, y);
                break;
            case (DType.BF16, DType.BF16):
                Copy<ushort, ushort, Unchanged<ushort>>(x, y);
                break;
            case (DType.F32, DType.F64):
                Copy<float, double, FloatToDouble>(x, y);
                break;
            case (DType.F64, DType.F32):
                Copy<double, float, DoubleToFloat>(x, y);
                break;
            case (DType.F32, DType.BF16):
                Copy<float, ushort, FloatToBrain>(x, y);
                break;
            case (DType.BF16, DType.F32):
                Copy<ushort, float, BrainToFloat>(x, y);
                break;
            case (DType.F64, DType.BF16):
                Copy<double, ushort, DoubleToBrain>(x, y);
                break;
            case (DType.BF16, DType.F64):
                Copy<ushort, double, BrainToDouble>(x, y);
                break;
            default:
                throw new ShapeException($"[copy] y: expected a real type like x, got {x.Type} to {y.Type}");
        }
    }

    public void Add(Tensor x, double scale, Tensor y) => Map(new AddScaled<Vector512Lane>(scale), x, y, y);

    public void Scale(Tensor x, double scale) => Map(new Scaled<Vector512Lane>(scale), x, x);

    public double SumOfSquares(Tensor x)
    {
        if (!x.IsContiguous)
        {
            throw new ShapeException($"[sum_of_squares] x: expected contiguous rows, got {x} with row stride {x.RowStride}");
        }

        // Parts depend on the length alone; each is summed by its own tree, and the parts from first to last.
        long pieces = (x.Length + ElementTiles.PieceElements - 1) / ElementTiles.PieceElements;
        long piecesPerPart = (pieces + MaxSumParts - 1) / MaxSumParts;
        int partLength = checked((int)(Math.Max(1, piecesPerPart) * ElementTiles.PieceElements));
        int parts = (int)((x.Length + partLength - 1) / partLength);
        double* sums = stackalloc double[MaxSumParts];
        SquareSumAction action = new(x.Host<float>(), x.Length, partLength, sums);
        _team.For(parts, ref action);
        double total = 0;
        for (int i = 0; i < parts; i++)
        {
            total += sums[i];
        }

        return total;
    }

    private void Fill<T>(T value, Tensor x)
        where T : unmanaged
    {
        ElementTiles tiles = new(x.Shape, x.IsContiguous);
        FillAction<T> action = new(value, x, tiles);
        _team.For(tiles.Pieces, ref action);
    }

    private void Copy<TFrom, TTo, TConversion>(Tensor x, Tensor y)
        where TFrom : unmanaged
        where TTo : unmanaged
        where TConversion : struct, IConversion<TFrom, TTo>
    {
        ElementTiles tiles = new(y.Shape, x.IsContiguous && y.IsContiguous);
        CopyAction<TFrom, TTo, TConversion> action = new(x, y, tiles);
        _team.For(tiles.Pieces, ref action);
    }
}
