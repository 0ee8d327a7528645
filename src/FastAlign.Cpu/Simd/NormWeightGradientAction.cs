using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastAlign.Kernels;

namespace FastAlign.Cpu;

/// <summary><c>dw += sum dy xhat</c>, <c>db += sum dy</c>; cut by columns.</summary>
/// <remarks>
/// Every element is one chain over the rows in ascending order, from the value already there: the bits depend neither on where columns are
/// cut nor on where a batch is split. Four rows are taken per visit of <c>dw</c>, which divides the traffic to it by four.
/// </remarks>
internal readonly unsafe struct NormWeightGradientAction<TKind>(
    RowGrid grid, RowPointer x, float* mean, float* rstd, RowPointer dy, float* dw, float* db, int columnsPerPiece)
    : IParallelAction
    where TKind : struct, INormKind
{
    private const int RowsPerVisit = 4;

    private readonly float* _mean = mean;
    private readonly float* _rstd = rstd;
    private readonly float* _dw = dw;
    private readonly float* _db = db;

    public void Run(int index, int thread)
    {
        int start = index * columnsPerPiece;
        int n = Math.Min(columnsPerPiece, grid.Width - start);
        for (int group = 0; group < grid.Groups; group++)
        {
            int row = 0;
            for (; row <= grid.PerGroup - RowsPerVisit; row += RowsPerVisit)
            {
                Visit(group, row, RowsPerVisit, start, n);
            }

            for (; row < grid.PerGroup; row++)
            {
                Visit(group, row, 1, start, n);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Visit(int group, int row, int rows, int start, int n)
    {
        float* x0 = x.At(group, row) + start;
        float* dy0 = dy.At(group, row) + start;
        int first = (group * grid.PerGroup) + row;
        if (_dw != null)
        {
            for (int i = 0; i < n; i += Vectors.Width)
            {
                Vector512<float> sum = Vector512.Load(_dw + start + i);
                for (int r = 0; r < rows; r++)
                {
                    Vector512Lane mean = Vector512Lane.Constant(TKind.IsCentered ? _mean[first + r] : 0);
                    Vector512Lane rstd = Vector512Lane.Constant(_rstd[first + r]);
                    Vector512Lane unit = NormForwardAction<TKind>.Unit(Vectors.Load(x0 + (r * x.RowStride) + i), mean, rstd);
                    sum = Vector512.FusedMultiplyAdd(Vector512.Load(dy0 + (r * dy.RowStride) + i), unit.Value, sum);
                }

                new Vector512Lane(sum).StoreUpTo(_dw + start + i, n - i);
            }
        }

        if (TKind.IsCentered && _db != null)
        {
            for (int i = 0; i < n; i += Vectors.Width)
            {
                Vector512Lane sum = Vectors.Load(_db + start + i);
                for (int r = 0; r < rows; r++)
                {
                    sum += Vectors.Load(dy0 + (r * dy.RowStride) + i);
                }

                sum.StoreUpTo(_db + start + i, n - i);
            }
        }
    }
}
