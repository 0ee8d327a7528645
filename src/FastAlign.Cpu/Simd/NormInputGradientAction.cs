using FastAlign.Core;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

/// <summary><c>dx (=|+=) rstd (g - mean(g) - xhat mean(g xhat))</c>, <c>g = dy (w + offset)</c>, row by row; without <c>mean(g)</c> for RMS norm.</summary>
internal readonly unsafe struct NormInputGradientAction<TKind>(
    RowGrid grid, RowPointer x, float* w, float* mean, float* rstd, RowPointer dy, float offset, Write write, RowPointer dx, int rowsPerPiece)
    : IParallelAction
    where TKind : struct, INormKind
{
    private readonly float* _w = w;
    private readonly float* _mean = mean;
    private readonly float* _rstd = rstd;

    public void Run(int index, int thread)
    {
        int end = Math.Min(grid.Rows, (index + 1) * rowsPerPiece);
        for (int r = index * rowsPerPiece; r < end; r++)
        {
            (int group, int row) = Math.DivRem(r, grid.PerGroup);
            Row(x.At(group, row), TKind.IsCentered ? _mean[r] : 0, _rstd[r], dy.At(group, row), dx.At(group, row));
        }
    }

    private void Row(float* x, float center, float scale, float* dy, float* dx)
    {
        Vector512Lane mean = Vector512Lane.Constant(center);
        Vector512Lane rstd = Vector512Lane.Constant(scale);
        Vector512Lane shift = Vector512Lane.Constant(offset);
        int n = grid.Width;
        WideSum sum = default;
        WideSum product = default;
        for (int i = 0; i < n; i += Vectors.Width)
        {
            // Zero beyond the end: only g has to be masked for the sums to see nothing there, but xhat must be finite too.
            int count = n - i;
            Vector512Lane g = LoadUpTo(dy + i, count) * (LoadUpTo(_w + i, count) + shift);
            Vector512Lane unit = NormForwardAction<TKind>.Unit(LoadUpTo(x + i, count), mean, rstd);
            product.AddProduct(g, unit);
            if (TKind.IsCentered)
            {
                sum.Add(g);
            }
        }

        Vector512Lane meanProduct = Vector512Lane.Constant(product.Total() / n);
        Vector512Lane meanGradient = Vector512Lane.Constant(TKind.IsCentered ? sum.Total() / n : 0);
        for (int i = 0; i < n; i += Vectors.Width)
        {
            Vector512Lane g = Vectors.Load(dy + i) * (Vectors.Load(_w + i) + shift);
            Vector512Lane unit = NormForwardAction<TKind>.Unit(Vectors.Load(x + i), mean, rstd);
            g = TKind.IsCentered ? g - meanGradient : g;
            Vector512Lane value = rstd * (g - (unit * meanProduct));
            if (write == Write.Add)
            {
                value = Vectors.Load(dx + i) + value;
            }

            value.StoreUpTo(dx + i, n - i);
        }
    }

    private static Vector512Lane LoadUpTo(float* from, int count) => count >= Vectors.Width ? Vectors.Load(from) : Vectors.LoadFirst(from, count);
}
