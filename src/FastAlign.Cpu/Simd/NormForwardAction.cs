using System.Runtime.CompilerServices;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

/// <summary><c>y = (x - mean) rstd (w + offset) + b</c>, row by row; y may be x. Statistics are summed in double.</summary>
internal readonly unsafe struct NormForwardAction<TKind>(RowGrid grid, RowPointer x, float* w, float* b, Core.NormSpec spec, RowPointer y, float* mean, float* rstd, int rowsPerPiece)
    : IParallelAction
    where TKind : struct, INormKind
{
    private readonly float* _w = w;
    private readonly float* _b = b;
    private readonly float* _mean = mean;
    private readonly float* _rstd = rstd;

    public void Run(int index, int thread)
    {
        int end = Math.Min(grid.Rows, (index + 1) * rowsPerPiece);
        for (int r = index * rowsPerPiece; r < end; r++)
        {
            (int group, int row) = Math.DivRem(r, grid.PerGroup);
            float* from = x.At(group, row);
            float center = 0;
            double square;
            if (TKind.IsCentered)
            {
                double exactMean = RowSums.Sum(from, grid.Width) / grid.Width;
                square = RowSums.SumOfSquaredDeviations(from, grid.Width, exactMean);
                center = (float)exactMean;
                _mean[r] = center;
            }
            else
            {
                square = RowSums.SumOfSquares(from, grid.Width);
            }

            float scale = (float)(1 / Math.Sqrt((square / grid.Width) + spec.Epsilon));
            _rstd[r] = scale;
            Normalize(from, center, scale, y.At(group, row));
        }
    }

    private void Normalize(float* x, float center, float scale, float* y)
    {
        Vector512Lane mean = Vector512Lane.Constant(center);
        Vector512Lane rstd = Vector512Lane.Constant(scale);
        Vector512Lane offset = Vector512Lane.Constant(spec.WeightOffset);
        int n = grid.Width;
        for (int i = 0; i < n; i += Vectors.Width)
        {
            Vector512Lane unit = Unit(Vectors.Load(x + i), mean, rstd);
            Vector512Lane value = unit * (Vectors.Load(_w + i) + offset);
            if (TKind.IsCentered && _b != null)
            {
                value += Vectors.Load(_b + i);
            }

            value.StoreUpTo(y + i, n - i);
        }
    }

    /// <summary>The normalised input <c>xhat</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512Lane Unit(Vector512Lane x, Vector512Lane mean, Vector512Lane rstd) => TKind.IsCentered ? (x - mean) * rstd : x * rstd;
}
